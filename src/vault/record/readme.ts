const FIRST_LINE = 'This folder is a vault of smugmug-backup: a copy of a SmugMug account.'

/** The README.txt of every vault: how to read it without the program. The long version is docs/vault-format.md. */
export const VAULT_README = `${FIRST_LINE}

Every photo and video lies in the folder of its album, under the path it has on SmugMug.
album.json in each folder holds every word: captions, titles, keywords, places, dates, in album order, and what
SmugMug itself answered ("smugmug"). tree.json holds the folders, metadata.csv a table where it was asked for.
To find a photo's caption: open album.json beside it in a text editor and search for the file's name.

.smugmug-backup/MD5SUMS and SHA256SUMS prove every file. In this folder run:  sha256sum -c .smugmug-backup/SHA256SUMS
Copied from a bucket, their names go on with a time; of several the last counts:  sha256sum -c .smugmug-backup/SHA256SUMS.*
.smugmug-backup/history holds what was replaced, .smugmug-backup/trash what vanished and was trashed, by date.
.smugmug-backup/catalogue.sqlite is the program's memory. It can be made anew from the rest: smugmug-backup rebuild
Nothing here needs the program to be read. Please do not rename files in here while you still back up into it.
`

/** The README.txt of a sealed vault: the only page in it that can be read without a key. */
export const SEALED_README = `${FIRST_LINE}

It is sealed: every file but this page is encrypted, and called as it was with .age at its end. Names of files and folders
can be read; nothing in them can, without one of the private keys of its owner (AGE-SECRET-KEY-1..., in a file or on paper).

To open a file you need the key, and the program age (https://age-encryption.org; apt install age; brew install age;
winget install FiloSottile.age), and not the program that made this vault. Type the key into a text file key.txt, in one
line, and run:
  age -d -i key.txt -o photo.jpg photo.jpg.age
To open everything below this folder, on Linux or macOS:
  find . -name '*.age' -exec sh -c 'age -d -i key.txt -o "\${1%.age}" "$1"' - {} \\;

Opened, every photo and video lies in the folder of its album, under the path it had on SmugMug. album.json in each folder
holds every word: captions, titles, keywords, places, dates, in album order. tree.json holds the folders.
.smugmug-backup/MD5SUMS.age and SHA256SUMS.age, opened, prove every sealed file:  sha256sum -c .smugmug-backup/SHA256SUMS
Copied from a bucket, their names go on with a time; of several the last counts.
.smugmug-backup/history holds what was replaced, .smugmug-backup/trash what vanished and was trashed, by date.
Please do not rename files in here while you still back up into it.
`

/** Did this program write the README.txt? Another one stays. */
export const isOurReadme = (text: string): boolean => text.startsWith(FIRST_LINE)
