import type { EmailTemplate } from './collection.ts';

/** A mail with one thing to do: a sentence, a link, and what to do when it was somebody else. */
function createBody(sentence: string, label: string, link: string, otherwise: string): string {
  return [
    '<p>Hello,</p>',
    `<p>${sentence}</p>`,
    `<p><a class="btn" href="${link}" target="_blank" rel="noopener">${label}</a></p>`,
    `<p><i>${otherwise}</i></p>`,
    '<p>The {APP_NAME} team</p>',
  ].join('\n');
}

const ignore = 'You did not ask for this? Then there is nothing to do.';

/** Sent after a sign-up. */
export const verification: EmailTemplate = {
  subject: 'Verify your {APP_NAME} email',
  body: createBody(
    'Welcome to {APP_NAME}. Please confirm that this address is yours.',
    'Verify',
    '{APP_URL}/_/#/auth/confirm-verification/{TOKEN}',
    ignore,
  ),
};

/** Sent to who forgot a password. */
export const resetPassword: EmailTemplate = {
  subject: 'Reset your {APP_NAME} password',
  body: createBody(
    'Here you can choose a new password for {APP_NAME}.',
    'Reset password',
    '{APP_URL}/_/#/auth/confirm-password-reset/{TOKEN}',
    ignore,
  ),
};

/** Sent to the new address of a change of address. */
export const confirmEmailChange: EmailTemplate = {
  subject: 'Confirm your {APP_NAME} new email address',
  body: createBody(
    'Please confirm that {APP_NAME} may use this address from now on.',
    'Confirm new email',
    '{APP_URL}/_/#/auth/confirm-email-change/{TOKEN}',
    ignore,
  ),
};

/** Sent to who signs in with a one-time password. */
export const otp: EmailTemplate = {
  subject: 'OTP for {APP_NAME}',
  body: [
    '<p>Hello,</p>',
    '<p>Your one-time password is <strong>{OTP}</strong></p>',
    `<p><i>${ignore}</i></p>`,
    '<p>The {APP_NAME} team</p>',
  ].join('\n'),
};

/** Sent when somebody signs in from where nobody did before. */
export const authAlert: EmailTemplate = {
  subject: 'Login from a new location',
  body: [
    '<p>Hello,</p>',
    '<p>There was a sign-in to your {APP_NAME} account from a new place:</p>',
    '<p><em>{ALERT_INFO}</em></p>',
    '<p><strong>If it was not you, please change your {APP_NAME} password now: that signs out every other device.</strong></p>',
    '<p><i>If it was you, there is nothing to do.</i></p>',
    '<p>The {APP_NAME} team</p>',
  ].join('\n'),
};
