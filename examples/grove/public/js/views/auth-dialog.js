import { h } from '../dom.js';
import { signIn, signUp } from '../server.js';
import { openDialog } from '../ui/dialog.js';
import { field, form } from '../ui/form.js';

const demo = { identity: 'maren@grove.example', password: 'aspen-grove' };

/** Opens the sign-in dialog; `reason` says what it is needed for. Resolves to whether somebody signed in. */
export const askToSignIn = (reason) => openAuth('in', reason);
export const askToJoin = () => openAuth('up');

function openAuth(first, reason) {
  let done = false;
  const body = h('div', { class: 'auth' });
  const box = openDialog('Welcome to Grove', reason && h('p', { class: 'lead' }, reason), body);
  box.dialog.classList.add('small');
  const finish = () => {
    done = true;
    box.close();
  };
  const show = (which) => {
    body.replaceChildren(tabs(which, show), which === 'in' ? signInForm(finish) : signUpForm(finish));
    body.querySelector('input').focus();
  };
  show(first);
  return box.closed.then(() => done);
}

function tabs(current, show) {
  const tab = (id, label) =>
    h('button', { type: 'button', 'aria-pressed': String(id === current), onclick: () => show(id) }, label);
  return h('div', { class: 'tabs' }, tab('in', 'Sign in'), tab('up', 'Sign up'));
}

function signInForm(finish) {
  const name = field('identity', 'E-mail or handle', { required: true, autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false' });
  const password = field('password', 'Password', { required: true, type: 'password', autocomplete: 'current-password' });
  const fill = () => {
    name.querySelector('input').value = demo.identity;
    password.querySelector('input').value = demo.password;
  };
  const send = async (values) => {
    await signIn(values.identity.trim(), values.password).catch((error) => {
      throw error.status === 400 ? new Error('That name and password do not go together.') : error;
    });
    finish();
  };
  return h(
    'div',
    {},
    form({ action: 'Sign in' }, send, name, password),
    h('p', { class: 'aside' }, 'Just looking around? ', h('button', { class: 'link', type: 'button', onclick: fill }, 'Fill in the demo account')),
  );
}

function signUpForm(finish) {
  const name = field('name', 'Name', { required: true, maxlength: 60, autocomplete: 'name' });
  const handle = field('handle', 'Handle', {
    required: true,
    minlength: 3,
    maxlength: 24,
    pattern: '[a-z0-9_]+',
    autocapitalize: 'none',
    spellcheck: 'false',
    autocomplete: 'off',
    hint: 'Small letters, digits and _. It is the address of your page.',
  });
  const email = field('email', 'E-mail', { required: true, type: 'email', autocomplete: 'email', hint: 'Only you can see it.' });
  const password = field('password', 'Password', { required: true, type: 'password', minlength: 8, autocomplete: 'new-password', hint: 'At least eight characters.' });
  const send = async (values) => {
    await signUp(values);
    finish();
  };
  return form({ action: 'Create account' }, send, name, handle, email, password);
}
