/** The words of the page in English; those of the other languages have the same names. Dates, numbers and sizes come ready to be shown. */
export const en = {
  // the head of the page
  language: 'Language',
  hide: 'Hide',
  hideHint: 'Hides everything at once. The Esc key does the same.',
  back: 'Back',
  help: 'Help',
  look: 'Look',
  smaller: 'Smaller text',
  larger: 'Larger text',
  dark: 'Dark',
  light: 'Light',

  // the first opening
  welcome: 'Before you begin',
  welcomeText: 'This page puts news together from recordings. It needs no network and sends nothing.',
  warnPhone:
    'Do not open this page on a phone of a North Korean network. It takes pictures of the screen and deletes files that the state did not sign.',
  warnRedStar:
    'Do not put this memory stick into a computer with Red Star. It marks files, and the mark shows who had them.',
  warnOthers: 'Others who use this device may see what you leave on it. What do you want?',
  keepNothing: 'Keep nothing',
  keepNothingHint: 'When you close the page, all is gone from it. The safest choice.',
  keepHere: 'Keep it on this device',
  keepHereHint: 'What has arrived stays in the browser for next time, until you delete it.',

  // take in
  takeIn: 'Add recordings',
  pick: 'Pick files',
  pickHint:
    'Recordings of the broadcast, or a file that somebody passed on to you. You may pick several at once, or drop them here.',
  reading: (name: string) => `Reading ${name}`,
  working: 'Putting the pieces together',
  nothingYet: 'Nothing is here yet.',
  starting: 'One moment',

  // what came of it
  result: 'What came of it',
  added: (files: string) => `New: ${files} can be read now.`,
  addedPieces: 'New pieces have arrived, but not enough yet for another file. The bars show how far it is.',
  noIndex:
    'Pieces have arrived, but not yet the list of contents that goes with them. Add another recording of the same broadcast: then they are used.',
  nothingNew: 'There was nothing new in it: all of it was here already.',
  noRecording: (name: string) => `${name} is not a recording, and no file that was passed on.`,
  empty: (name: string) => `${name} is empty.`,
  damaged: (name: string) => `${name} is damaged or cut off. It was used as far as it goes.`,
  unreadable: (name: string) =>
    `${name} could not be read to its end. Is the memory stick still there? Pick it again.`,
  altered: (name: string) => `${name} was altered after it was signed. It is not used.`,
  unlisted: (name: string) =>
    `${name} does not belong to anything here that the publisher signed. It is not used.`,
  stranger: (name: string, fingerprint: string) =>
    `${name} is signed by a publisher whom this page does not know, with the fingerprint ${fingerprint}. It is not shown.`,
  strangerPart: (name: string, fingerprint: string) =>
    `A part of ${name} is signed by a publisher whom this page does not know, with the fingerprint ${fingerprint}. It is not shown.`,
  unsigned: 'Some of it is signed by nobody. It is not shown: anybody could have made it.',
  forged: (count: string) => `Pieces that were forged or damaged: ${count}. They were thrown away.`,
  older: 'There was an older edition in it. It is not used: what you have is newer.',
  noRoom:
    'There is no room for more. Save what has arrived with “Pass on”, delete something on this device, and add the recording again.',
  noSession: 'No broadcast of this publisher was found in it. A longer recording may have one.',
  succession: (fingerprint: string) =>
    `The publisher has another key now, with the fingerprint ${fingerprint}. What the key before signs is not shown any more.`,
  wrongKey: 'Some of it is not signed with the key that the publisher has now. It is not shown.',
  refused: 'The publisher sent something that cannot be used.',
  ahead: (name: string, date: string) =>
    `“${name}” has the date ${date}. That is later than the clock of this device says.`,
  failed: 'Something went wrong, and nothing more can be added. Close this page and open it again.',
  inUse: 'This page is open a second time. Close it there, then close this one and open it again.',
  again: 'Begin again',
  more: 'Show more',
  details: 'Details',

  // bundles
  bundles: 'What there is',
  edition: (date: string) => `Edition of ${date}`,
  complete: 'All of it is here.',
  partly: (there: string, all: string) => `${there} of ${all} files can be read.`,
  timeLeft: (time: string) => `About ${time} more of recording is needed.`,
  arrived: (name: string) => `How much of ${name} has arrived`,
  earlierShown: (date: string) => `Where something is still missing, you see the edition of ${date}.`,
  read: 'Read',
  readNamed: (name: string) => `Read ${name}`,
  contents: 'Contents',
  contentsOf: (name: string) => `Contents of ${name}`,
  stillToCome: 'Still to come',
  classes: {
    front: 'Front page',
    text: 'Text',
    picture: 'Pictures',
    sound: 'Sound',
    film: 'Film',
    other: 'Other files',
  },
  files: (count: number, shown: string) => (count === 1 ? '1 file' : `${shown} files`),
  comma: ', ',
  states: { there: 'here', receiving: 'arriving', missing: 'nothing yet', refused: 'cannot be used' },
  earlierFile: 'from the edition before',

  // trust
  trust: 'Who signed this?',
  trustText:
    'All that you see here was signed by the publisher who has this fingerprint. Compare it with the one that you were told. What is unsigned, altered or signed by somebody else is never shown.',
  fingerprint: 'Fingerprint',
  madeOn: 'Made on',
  publishers: 'Publishers whom this page knows',

  // read
  notHere: 'This has not arrived yet.',
  notInEdition: 'This link leads to nothing: the publisher did not send the file with this edition.',
  notShown: 'This kind of file cannot be shown here. Save it, and open it with another program.',
  notReadable:
    'This cannot be read any more. Close this page, open it again, and add the recording once more.',
  leftOut: 'Something in this page is left out: it is damaged, too large or not of this edition.',
  saveFile: 'Save this file',
  search: 'Search',
  searchFor: 'Words to look for',
  found: (count: number, shown: string) => (count === 1 ? 'Found on 1 page' : `Found on ${shown} pages`),
  notFound: 'Not found in what is here.',
  document: 'The page that you read',

  // pass on
  passOn: 'Pass on',
  passOnText:
    'Saves one file: this page with all that has arrived, complete or not. Whoever opens it reads what you read. If two people each have a part, they give each other this file and add it: then both have the whole.',
  savePage: 'Save the page with its content',
  saving: 'The file is being made',
  saved: (size: string) =>
    `Saved: ${size}. It is where your browser puts what it saves. Move it from there to a memory stick or card: this page cannot delete it.`,
  nothingToPass: 'There is nothing to pass on yet.',

  // keep and leave
  kept: 'On this device',
  keptLasting: 'What has arrived stays in this browser until you delete it.',
  keptNothing:
    'Nothing is kept: when you close this page, all is gone from it. To have it next time, save it with “Pass on”.',
  keptRefused:
    'This browser does not let the page keep anything; perhaps the window is private. Save what has arrived with “Pass on” before you close the page, and open that file next time.',
  keptNewer:
    'What is kept here is of a newer page, and this one cannot read it: open the newer page. This one keeps nothing. To have what you add to it next time, save it with “Pass on”.',
  keepFromNow: 'Keep it from now on',
  deleteAll: 'Delete all',
  deleteSure: 'Delete all that has arrived?',
  deleteYes: 'Yes, delete all',
  deleteNo: 'No, leave it',
  deleted: 'All that this page kept is deleted',
  deletedText:
    'What the page cannot erase: this page itself, files that you saved, the recordings on your memory stick, the list of pages that the browser has opened, and traces that a disk keeps of what was deleted.',

  // help
  helpTitle: 'How to use this page',
  helpSteps: [
    'Pick the recordings on your memory stick or card with “Pick files”. You may pick several at once. If you do not know which files they are, pick all: the page says which it cannot use.',
    'The page puts the news together piece by piece. What is complete can be read at once with “Read”; “Contents” lists all of it. The rest follows with the next recording.',
    'If something is missing, add another recording of the same broadcast, or the file of somebody else who received it. Each recording helps, in any order.',
    '“Look” makes the letters larger or the page dark. “Save this file” saves a film, a sound or a text for another program.',
    '“Pass on” saves one file with everything. Move it to a memory stick or card. It opens in the same way on another device.',
    'If somebody comes, press the Esc key or “Hide”: the page is gone at once. To read on, open this file again; what was not kept has to be added again.',
    '“Delete all”, at the end of the first screen, deletes what the page keeps on this device.',
  ],
  helpTrust:
    'The page shows only what the publisher signed. Nobody on the way can change a word or add one: what was changed is thrown away. It refuses an edition that is older than the one you have, too.',
  helpLimits:
    'The page cannot hide that this file is on your device. It cannot protect you from a device that records its screen.',
};

/** What a file of words has. */
export type Words = typeof en;
