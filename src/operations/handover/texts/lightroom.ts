/** Says what to do with a handover to Lightroom. */
export const LIGHTROOM_README = `A vault of smugmug-backup for Lightroom Classic

Lightroom reads sidecars only beside RAW files (photo.xmp beside photo.CR2). Of JPEG, TIFF, PNG,
DNG and videos it reads only words that stand in the file itself. So the photos are copied into a
folder, and the copies get their words. The vault keeps your originals, untouched.

1. Install ExifTool (https://exiftool.org). See first what would happen, then do it:
       sh copy.sh ~/Pictures/SmugMug
       sh copy.sh --run ~/Pictures/SmugMug
   A file that stands there already is never replaced. ExifTool does about five photos a second.

2. In Lightroom Classic, File > Import Photos and Video, choose the folder, "Add", and "Don't
   Import Suspected Duplicates".

Title, caption, keywords with their levels, place and time come along. Lightroom keeps collections
in its own catalogue alone, and no file can bring them. So each photo has a keyword for each album
that showed it: SmugMug > Travel > 2019-Norway. Make a smart collection of such a keyword, or use
the folders. A photo that was collected into several albums is copied once, and has several such
keywords. Whether Lightroom takes the words of a video depends on its version; they are in the file.

Run "smugmug-backup handover lightroom" again after a backup, then copy.sh: what is new comes along.
Words that changed at SmugMug do not: the copies are yours.
`
