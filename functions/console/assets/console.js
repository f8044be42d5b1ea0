// Makes the console's pages livelier where scripts run; without, they work all the same. Nothing here makes HTML of text.
import { tell } from './times.js';
import { copying } from './copy.js';
import { drafting } from './draft.js';
import { leaving } from './leave.js';
import { live } from './live.js';
import { zoning } from './zone.js';

const dress = (root) => {
  tell(root);
  copying(root);
  leaving(root);
  zoning(root);
};

dress(document);
drafting(document);
live(dress);
