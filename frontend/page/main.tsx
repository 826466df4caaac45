import { render } from 'preact';
import { inspect } from './inspection.ts';
import { Page } from './page.tsx';
import { Session } from './session.ts';

const root = document.getElementById('page');
if (!root) throw new Error('index.html has no element called "page"');
const session = new Session();
inspect(session);
render(<Page session={session} />, root);
