const FIRST_LINE = 'This folder is a vault of smugmug-backup: a copy of a SmugMug account.'

/** The README.txt of every vault: how to read it without the program. The long version is docs/vault-format.md. */
export const VAULT_README = `${FIRST_LINE}

Every photo and video lies in the folder of its album, under the path it has on SmugMug.
album.json in each folder holds every word: captions, titles, keywords, places, dates, in album order, and what
SmugMug itself answered ("smugmug"). tree.json holds the folders, metadata.csv a table where it was asked for.
To find a photo's caption: open album.json beside it in a text editor and search for the file's name.

.smugmug-backup/MD5SUMS and SHA256SUMS prove every file. In this folder run:  sha256sum -c .smugmug-backup/SHA256SUMS
.smugmug-backup/history holds what was replaced, .smugmug-backup/trash what vanished and was trashed, by date.
.smugmug-backup/catalogue.sqlite is the program's memory. It can be made anew from the rest: smugmug-backup rebuild
Nothing here needs the program to be read. Please do not rename files in here while you still back up into it.
`

/** Did this program write the README.txt? Another one stays. */
export const isOurReadme = (text: string): boolean => text.startsWith(FIRST_LINE)
