/** Returns a text as one word of a command line, to be copied into a shell: in quotation marks only where it needs them. */
export const shellWord = (text: string): string => (/^[\w.~/:\\=+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)
