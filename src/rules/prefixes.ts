/**
 * The prefix in a filter or sort text that only superusers may use, or null. It looks for the bare text, in quotes too: that is
 * how the API answers 403 for it, whatever the rest of the text is.
 */
export function usesForbiddenPrefix(text: string): '@collection.' | '@request.' | null {
  if (text.includes('@collection.')) return '@collection.';
  return text.includes('@request.') ? '@request.' : null;
}
