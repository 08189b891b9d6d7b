/** The script of the local page's own parts. Every page reads without it. */
export {}
