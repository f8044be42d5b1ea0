// The page around the desk, where it stands in a frame: a CRM's page that the settings name (desk.embed_origins).

const sites = document.body.dataset.embedders.split(' ').filter(Boolean)

// known says whether an origin is one of the sites, of which https://*.example.com is all below that name.
export const known = (origin) => sites.some((site) => {
  const [scheme, host] = site.split('*.')
  return host ? origin.startsWith(scheme) && origin.endsWith(`.${host}`) : origin === site
})

// around are the origins to which the page around may be spoken. Where the browser does not tell which it is, each site
// without a star is addressed: it reaches only the one that is there.
function around() {
  if (parent === window) return []
  const origin = location.ancestorOrigins?.[0]
  if (origin) return known(origin) ? [origin] : []
  return sites.filter((site) => !site.includes('*'))
}

// tellAround tells the page around of an event in the form in which an adapter would ("Custom CRM", events in the agent
// adapters).
export function tellAround(type, data) {
  for (const origin of around()) parent.postMessage(JSON.stringify({ type, data }), origin)
}

// listenAround gives on AgentDesktop's events of a page around that has its widget: it sends the desk
// {"type": "AgentDesktop_Event", "data": <the event as its callback got it>}.
export function listenAround(on) {
  addEventListener('message', (e) => {
    if (parent === window || e.source !== parent || !known(e.origin)) return
    if (e.data?.type === 'AgentDesktop_Event' && e.data.data) on(e.data.data)
  })
}
