/** Returns a text as it is compared: SmugMug trims texts, has its own line ends, and may compose letters in another way. */
export const plainText = (value: unknown): string =>
  String(value ?? '')
    .replace(/\r\n?/g, '\n')
    .trim()
    .normalize('NFC')
