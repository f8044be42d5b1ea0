// One agent's position: the contacts on it, what may be done with each, and the events that follow, with the properties and in the
// order of the vendor's example ("Esempio completo di integrazione"); where that is silent, as README.md says. This module knows
// nothing of the page around it.

const most = 10

const ani = 'customer' // the word that the product writes over the customer's number once the contact is handed on

export class Position {
  calls = [] // {contact, state: offered, talking, held, conference or offline, and of a consultation its main call}
  #tell
  #count = 0x13b

  // tell gets each event as an object.
  constructor(tell) {
    this.#tell = tell
  }

  // incoming has the contact centre offer the agent a call.
  incoming(number) {
    const call = this.#add('B2BUAGW1', 'offered', {
      type: 'inbound', content_type: 'live', job_type: 'inbound', job_state: 'online', ani: number, dnis: '225727273', queue: 'QUEUE25',
    })
    this.#event('POPUP', call)
    this.#event('RINGING', call)
  }

  // gone is that the customer hangs up. A consultation goes on.
  gone(id) {
    this.#end(this.#main(id))
  }

  MakeCall(number) {
    this.#mayTalk()
    this.#dial(this.#add('B2BUAEP', 'talking', { type: 'outbound', job_type: 'manual', ani: '0512345678', dnis: number }))
  }

  Answer(id) {
    const call = this.#in(id, 'offered')
    this.#mayTalk()
    call.state = 'talking'
    this.#event('ESTABLISHED', call)
  }

  Hold(id) {
    const call = this.#in(id, 'talking', 'held')
    this.#alone(call)
    if (call.state === 'held') this.#mayTalk()
    call.state = call.state === 'held' ? 'talking' : 'held'
    this.#event(call.state === 'held' ? 'HELD' : 'RETRIEVED', call)
  }

  Hangup(id) {
    const call = this.#in(id, 'offered', 'talking', 'held', 'conference')
    if (call.main) return this.#cancel(call)
    if (call.state !== 'conference') this.#alone(call)
    this.#end(call, '', this.#consultationOf(call))
  }

  Transfer(id) {
    const call = this.#main(id)
    this.#alone(call)
    if (call.state !== 'held') this.#event('HELD', call)
    this.#event('TRANSFERRED', call, { ani })
    this.#end(call, 'transferred')
  }

  Transfer_Consultation(id) {
    const call = this.#main(id)
    this.#alone(call)
    call.state = 'held'
    this.#event('HELD', call, { ani })
    const consultation = this.#add('B2BUAEP', 'talking', {
      type: 'outbound', job_type: 'manual', ani: '80165@B2BUAEP.agentdesktop.example', dnis: 'consultation',
    })
    consultation.main = call
    this.#dial(consultation)
  }

  Transfer_Complete() {
    const consultation = this.#consultation()
    this.#event('TRANSFERRED', consultation.main, { ani })
    this.#end(consultation.main, 'transferred', consultation)
  }

  Transfer_Complete_Conference() {
    const { main } = this.#consultation()
    main.state = 'conference'
    this.#event('CONFERENCED', main)
    this.#event('RETRIEVED', main)
  }

  OfflineEnd(id) {
    const call = this.#in(id, 'offline')
    this.#remove(call)
    this.#event('JOBFINISHED', call, { job_state: 'finished' })
  }

  #add(gateway, state, properties) {
    if (this.calls.length >= most) throw new Error(`there are ${most} contacts already`)
    const [random] = crypto.getRandomValues(new Uint32Array(1))
    const call = {
      state,
      contact: {
        id: `${(this.#count++).toString(16)}-${random.toString(16)}@${gateway}.agentdesktop.example`, uuid: crypto.randomUUID(), chat_id: '',
        type: '', media_type: 'telephony', content_type: '', content_description: '', job_type: '', job_state: '',
        ani: '', dnis: '', queue: '', reason: '', ...properties,
      },
    }
    this.calls.push(call)
    return call
  }

  #event(name, call, changes) {
    Object.assign(call.contact, changes)
    this.#tell({ event: name, ...call.contact })
  }

  // dial has the other side answer at once.
  #dial(call) {
    for (const name of ['CONNECTIONSTARTED', 'DIALING', 'ESTABLISHED']) this.#event(name, call)
  }

  // end clears a call, and its consultation where that ends with it; then there is the work after the call.
  #end(call, reason = '', consultation = undefined) {
    this.#event('CONNECTIONCLEARED', call, { reason })
    if (consultation) {
      this.#remove(consultation)
      this.#event('CONNECTIONCLEARED', consultation, { reason })
    }
    call.state = 'offline'
    this.#event('JOBCHANGED', call, { job_state: 'offline' })
  }

  // cancel ends a consultation: its call comes back from hold by itself.
  #cancel(consultation) {
    this.#remove(consultation)
    this.#event('CONNECTIONCLEARED', consultation)
    const { main } = consultation
    if (main.state !== 'held') return
    main.state = 'talking'
    this.#event('RETRIEVED', main)
  }

  #remove(call) {
    this.calls = this.calls.filter((other) => other !== call)
  }

  // in is the contact of an id, else the current one, in one of some states.
  #in(id, ...states) {
    const call = id ? this.calls.find(({ contact }) => contact.id === id) : this.calls.findLast(({ state }) => state === 'talking')
    if (!call) throw new Error(id ? `there is no contact ${id}` : 'there is no current contact')
    if (!states.includes(call.state)) throw new Error(`the contact is ${call.state}, and must be ${states.join(' or ')}`)
    return call
  }

  #main(id) {
    const call = this.#in(id, 'talking', 'held', 'conference')
    if (call.main) throw new Error('the contact is a consultation')
    return call
  }

  #consultationOf(call) {
    return this.calls.find(({ main }) => main === call)
  }

  // consultation is the one that can be completed.
  #consultation() {
    const found = this.calls.find(({ main }) => main?.state === 'held')
    if (!found) throw new Error('there is no consultation')
    return found
  }

  // alone refuses what must wait for the end of a consultation.
  #alone(call) {
    if (call.main || this.#consultationOf(call)) throw new Error('there is a consultation: complete or cancel it first')
  }

  // mayTalk refuses a second conversation: nobody talks with two at once.
  #mayTalk() {
    if (this.calls.some(({ state }) => state === 'talking' || state === 'conference')) throw new Error('another contact is not on hold')
  }
}
