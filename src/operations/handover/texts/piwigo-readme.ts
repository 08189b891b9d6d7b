/** Says what to do with the files of a handover to Piwigo. */
export const PIWIGO_README = `A vault of smugmug-backup for Piwigo

import.sh brings your folders, albums, photos and videos into Piwigo, through the API of Piwigo. It
needs curl, jq and md5sum, and the name and the password of an administrator of your Piwigo, or the
ID and the secret of an API key that an administrator made (from Piwigo 16 on: your profile).

Before you begin, look at the settings of your Piwigo:

- Photos have the order that they had at SmugMug only if you choose it: Configuration > Options >
  General > Default photos order > Manual sort order, as the first criterion.
- Keep "Resize after upload" off: Configuration > Options > Photo sizes. Otherwise Piwigo makes
  your originals smaller.
- Piwigo takes JPEG, PNG, GIF and WebP. For videos, TIFF and other files, and for RAW files beside
  a photo, write into the file local/config/config.inc.php of your Piwigo:
    <?php
    $conf['upload_form_all_types'] = true;
    $conf['file_ext'] = array_merge($conf['file_ext'], array('mp4', 'mov', 'm4v'));
    $conf['enable_formats'] = true;
    $conf['format_ext'] = array_merge($conf['format_ext'], array('cr3', 'arw', 'raf', 'rw2', 'orf'));
  The script names each file that your Piwigo refuses. Piwigo's plugin VideoJS plays videos.

First see what the script would do; nothing is sent:
    sh import.sh

Then:
    export PIWIGO_URL=http://localhost:8080
    export PIWIGO_USER=...
    export PIWIGO_PASSWORD=...
    sh import.sh --run

Folders and albums stand in Piwigo as they did at SmugMug, with their titles, descriptions and
covers. A folder or an album that strangers did not see at SmugMug is private: only administrators
see it, until you let others in. A hidden photo is for administrators alone (privacy level 8).
Photos get their title, caption, keywords and time. A photo that several albums showed is one photo
in several albums. RAW files become formats of their photo.

Piwigo cannot take:
- passwords of albums: such an album is private
- a place that you set at SmugMug: Piwigo knows only the place in the photo's file
- levels of keywords: each level becomes a tag. Words that differ only by capitals or accents are
  one tag
- covers of folders, comments, likes, and SmugMug's design
- names longer than 255 characters, and quotes, & and emoji in the names of files: they become _

Run it again at any time: Piwigo knows each file by its MD5 checksum, and the folder "imported" has
the number of each album, and what stands in it. Nothing in Piwigo is deleted or replaced. A photo
that was there before keeps its words, an album that was made before keeps what you changed, and a
photo that you took out of an album or deleted in Piwigo stays out. A photo that was replaced at
SmugMug since the last run comes as another photo. To begin anew, remove "imported".

The script sends files in pieces as large as your Piwigo says (500 kilobytes). If they fail with
"HTTP 413" or "MD5 checksum chunk file mismatched", the web server or PHP takes only smaller ones:
set $conf['upload_form_chunk_size'] to a smaller number, in the same file.

albums.jsonl, tags.jsonl and items.jsonl are the lists that the script reads, one JSON object a
line. The vault itself lies where vault.txt says; if it moved, set VAULT to its folder.
`
