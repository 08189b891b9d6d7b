import { isRecipient } from './age-keys.ts'
import { file, type Kind, list } from './kinds.ts'
import { optional, preset } from './setting.ts'

const recipient: Kind<string> = {
  takes: 'a public key of age',
  read: (raw) => (typeof raw === 'string' && isRecipient(raw.trim()) ? raw.trim() : undefined),
}

/** The settings of a sealed vault. */
export const encryptionSettings = {
  encryptionRecipients: preset([], {
    section: 'encryption',
    key: 'recipients',
    kind: list('a list of public keys of age, "age1" and 58 letters and digits; a private key never stands here', recipient),
    doc: 'The public keys for which each file of the vault is sealed: any one of their private keys opens it. Give two at least, one of them kept on paper: `smugmug-backup key new` makes both. See [encryption](encryption.md).',
  }),
  encryptionIdentityFile: optional({
    section: 'encryption',
    key: 'identity_file',
    kind: file,
    doc: 'The file of a private key that opens the vault, as `smugmug-backup key new` and `age-keygen` write it. A backup needs none.',
  }),
}
