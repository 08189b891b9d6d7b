const LETTERS = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]

/**
 * Returns true if a text is bytes in Bech32 (BIP 173) after this prefix, with a right checksum: any one to four mistyped letters make it
 * wrong. `length` is that of the whole text. The spelling must be that of the prefix: all in capitals, or none.
 */
export const isBech32 = (text: string, prefix: string, length: number): boolean => {
  const spelt = prefix === prefix.toUpperCase() ? text.toUpperCase() : text.toLowerCase()
  if (text.length !== length || text !== spelt || !text.startsWith(`${prefix}1`)) return false
  const name = [...prefix.toLowerCase()].map((letter) => letter.charCodeAt(0))
  const data = [...text.slice(prefix.length + 1).toLowerCase()].map((letter) => LETTERS.indexOf(letter))
  if (data.includes(-1)) return false
  const digits = [...name.map((code) => code >> 5), 0, ...name.map((code) => code & 31), ...data]
  return digits.reduce(step, 1) === 1
}

const step = (sum: number, digit: number): number =>
  GENERATOR.reduce((next, part, bit) => ((sum >> (25 + bit)) & 1 ? next ^ part : next), ((sum & 0x1ffffff) << 5) ^ digit)
