/** Names of what systems, editors and programs leave in directories, in lower case. `*` stands for any characters. */
const NAMES = [
  // macOS
  '.ds_store .appledouble .appledb .appledesktop .lsoverride ._* .documentrevisions-v100 .spotlight-v100',
  '.temporaryitems .trashes .volumeicon.icns .apdisk .com.apple.* .fseventsd .localized __macosx icon\r',
  // Windows
  'thumbs.db thumbs.db:encryptable ehthumbs.db ehthumbs_vista.db desktop.ini *.lnk $recycle.bin recycler',
  'system?volume?information',
  // Linux
  '.directory .trash-* .fuse_hidden* .nfs* .thumbnails lost+found',
  // office programs
  '~$* ~wrl*.tmp .~lock.*# .~*',
  // editors
  '*~ *.swp *.swo .*.sw? .*.un~ #*# .#* .idea .vs .vscode *.sublime-project *.sublime-workspace',
  // version control
  '.git .gitattributes .gitignore .gitmodules .hg .hgignore .svn .bzr cvs',
  // synchronisation
  '.dropbox .dropbox.* .owncloudsync.log .stfolder .stignore .stversions .sync_*.db* .synologyworkingdirectory',
  '@eadir *.gdoc *.gsheet *.gslides',
].flatMap((line) => line.split(' '));

const SYSTEM_FILE = new RegExp(
  `(?:^|/)(?:${NAMES.map((name) => name.replace(/[.$+]/g, '\\$&').replaceAll('?', '[^/]').replaceAll('*', '[^/]*')).join('|')})$`,
  'i',
);

/**
 * True for what a system, an editor or version control has left in a directory. It is no content, and identifies a
 * publisher: names of users and machines, paths, accounts, what was deleted.
 */
export function isSystemFile(path: string): boolean {
  return SYSTEM_FILE.test(path);
}
