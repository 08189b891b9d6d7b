/** Says what to do with a handover to PhotoPrism. */
export const PHOTOPRISM_README = `A vault of smugmug-backup for PhotoPrism

PhotoPrism keeps the words of photos and albums in YAML files of its own, and restores its index
from them. This folder has such files for your vault. Begin with an empty PhotoPrism: the files of a
photo are read only when PhotoPrism indexes it for the first time.

1. Let PhotoPrism read the vault as its originals, read-only. In docker-compose.yml:
       environment:
         PHOTOPRISM_READONLY: "true"
       volumes:
         - "/path/to/the/vault:/photoprism/originals:ro"
   If the vault has a twin, take it away first (smugmug-backup twin --remove), or make a copy without
   twin.files: PhotoPrism would index its thumbnails as photos.

2. Copy what is in "sidecar" into PhotoPrism's folder for sidecars, and the files in the folders
   of "albums" into its folder for backups of albums. By default, in its storage:
       cp -R sidecar/. STORAGE/sidecar/
       mkdir -p STORAGE/backup/albums/album
       find albums -name '*.yml' -exec cp {} STORAGE/backup/albums/album/ \\;
   Older versions have storage/albums in place of storage/backup/albums.

3. Index the photos, then restore the albums:
       docker compose exec photoprism photoprism index
       docker compose exec photoprism photoprism restore -a

Title, caption, keywords, place, time and albums come along. A photo that was hidden at SmugMug is
private in PhotoPrism; an album that was not public there is private, too. A photo and its RAW file
have one name, and PhotoPrism stacks them by itself. A photo that was collected into several albums
is one photo, in several albums. PhotoPrism sorts albums by time.

Run "smugmug-backup handover photoprism" again after a backup: new photos and albums come along.
`
