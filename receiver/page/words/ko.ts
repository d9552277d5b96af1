import type { Words } from './en.js';

/**
 * The words of the page in Korean, in the norm of the North: initial ㄹ and ㄴ are kept, no 사이시옷 is added, and no English
 * word stands where there is one of the language's own. An editor from there should read them.
 */
export const ko: Words = {
  language: '말',
  hide: '감추기',
  hideHint: '모든것을 당장 감춥니다. Esc건도 같습니다.',
  back: '되돌아가기',
  help: '도움말',
  look: '보기',
  smaller: '글자 작게',
  larger: '글자 크게',
  dark: '어둡게',
  light: '밝게',

  welcome: '시작하기 전에',
  welcomeText:
    '이 화면은 록화한 방송화일들에서 소식을 맞추어냅니다. 망이 필요없고 아무것도 내보내지 않습니다.',
  warnPhone:
    '조선의 망에 든 손전화기에서는 이것을 열지 마십시오. 그런 손전화기는 화면을 찍어두며 국가의 서명이 없는 화일을 지웁니다.',
  warnRedStar:
    '《붉은별》을 쓰는 콤퓨터에 이 USB기억기를 꽂지 마십시오. 화일에 표식이 남고 그 표식은 누가 가지고있었는가를 알려줍니다.',
  warnOthers: '당신 다음에 이 기계를 쓰는 사람이 남은것을 볼수 있습니다. 어떻게 하겠습니까?',
  keepNothing: '아무것도 남기지 않기',
  keepNothingHint: '화면을 닫으면 모두 없어집니다. 제일 안전합니다.',
  keepHere: '이 기계에 보관하기',
  keepHereHint: '받은것이 열람기에 남아 다음에 또 볼수 있습니다. 지울 때까지 남습니다.',

  takeIn: '받은 화일 넣기',
  pick: '화일 고르기',
  pickHint:
    '방송을 받은 화일이나 다른 사람이 넘겨준 화일입니다. 한번에 여러개를 고르거나 여기에 끌어다놓을수 있습니다.',
  reading: (name) => `${name} 읽는중`,
  working: '조각들을 맞추는중',
  nothingYet: '아직 아무것도 없습니다.',
  starting: '잠간만 기다리십시오',

  result: '결과',
  added: (files) => `새것: ${files}를 이제 읽을수 있습니다.`,
  addedPieces:
    '새 조각들이 왔으나 화일 하나를 더 맞추기에는 아직 모자랍니다. 얼마나 왔는가는 아래의 띠가 보여줍니다.',
  nothingNew: '새것이 없습니다. 모두 이미 받은것입니다.',
  noRecording: (name) => `${name}: 방송을 받은 화일도 아니고 넘겨받은 화일도 아닙니다.`,
  empty: (name) => `${name}: 빈 화일입니다.`,
  damaged: (name) => `${name}: 화일이 손상되였거나 끊어졌습니다. 성한데까지 썼습니다.`,
  unreadable: (name) => `${name}: 끝까지 읽지 못했습니다. USB기억기가 꽂혀있습니까? 다시 고르십시오.`,
  altered: (name) => `${name}: 서명한 다음에 달라진 화일입니다. 쓰지 않습니다.`,
  unlisted: (name) => `${name}: 발행자가 서명한것으로서 여기에 있는것과 맞지 않습니다. 쓰지 않습니다.`,
  stranger: (name, fingerprint) =>
    `${name}: 이 화면이 모르는 발행자가 서명했습니다. 그 열쇠의 지문은 ${fingerprint}입니다. 보여주지 않습니다.`,
  strangerPart: (name, fingerprint) =>
    `${name}: 일부는 이 화면이 모르는 발행자가 서명했습니다. 그 열쇠의 지문은 ${fingerprint}입니다. 보여주지 않습니다.`,
  unsigned: '일부는 서명이 없습니다. 누구나 만들수 있으므로 보여주지 않습니다.',
  forged: (count) => `위조되였거나 손상된 조각: ${count}개. 버렸습니다.`,
  older: '그안에 더 오랜 호가 있습니다. 지금 있는것이 더 새것이므로 쓰지 않습니다.',
  noRoom:
    '더 넣을 자리가 없습니다. 받은것을 《넘겨주기》로 보관하고 이 기계에서 무엇인가 지운 다음 다시 넣으십시오.',
  noSession: '이 발행자의 방송을 찾지 못했습니다. 더 길게 받은 화일에는 있을수 있습니다.',
  succession: (fingerprint) =>
    `발행자의 열쇠가 바뀌였습니다. 새 열쇠의 지문은 ${fingerprint}입니다. 이제부터는 그전 열쇠로 서명한것을 보여주지 않습니다.`,
  wrongKey: '일부는 발행자가 지금 쓰는 열쇠로 서명한것이 아닙니다. 보여주지 않습니다.',
  refused: '발행자가 보낸것가운데 쓸수 없는것이 있습니다.',
  ahead: (name, date) => `《${name}》의 날자는 ${date}입니다. 이 기계의 시계보다 늦은 날자입니다.`,
  failed: '오유가 생겨 더 받을수 없습니다. 이 화면을 닫고 다시 여십시오.',
  inUse: '이 화면이 다른데서도 열려있습니다. 그것을 닫은 다음 이 화면을 닫았다가 다시 여십시오.',
  again: '다시 시작하기',
  more: '더 보기',
  details: '자세히',

  bundles: '있는것',
  edition: (date) => `${date}호`,
  complete: '모두 왔습니다.',
  partly: (there, all) => `화일 ${all}개가운데서 ${there}개를 읽을수 있습니다.`,
  timeLeft: (time) => `방송을 약 ${time} 더 받아야 합니다.`,
  arrived: (name) => `${name}: 받은 정도`,
  earlierShown: (date) => `아직 오지 않은것대신에 ${date}호의것을 보여줍니다.`,
  read: '읽기',
  readNamed: (name) => `${name} 읽기`,
  contents: '목록',
  contentsOf: (name) => `${name}의 목록`,
  stillToCome: '이제 올것',
  classes: {
    front: '첫면',
    text: '글',
    picture: '사진',
    sound: '소리',
    film: '영화',
    other: '그밖의 화일',
  },
  files: (_, shown) => `화일 ${shown}개`,
  comma: ', ',
  states: { there: '왔습니다', receiving: '오는중', missing: '아직 없습니다', refused: '쓸수 없습니다' },
  earlierFile: '앞호의것',

  trust: '누가 서명했는가',
  trustText:
    '여기서 보는것은 모두 이 지문을 가진 발행자가 서명했습니다. 당신이 알고있는 지문과 같은가 맞추어보십시오. 서명이 없는것, 달라진것, 다른 사람이 서명한것은 절대로 보여주지 않습니다.',
  fingerprint: '열쇠의 지문',
  madeOn: '만든 날자',
  publishers: '이 화면이 아는 발행자',

  notHere: '아직 오지 않았습니다.',
  notInEdition: '이 련결에는 아무것도 없습니다. 발행자가 이 호에 그 화일을 넣지 않았습니다.',
  notShown: '이런 화일은 여기서 볼수 없습니다. 보관한 다음 다른 프로그람으로 여십시오.',
  leftOut: '이 글에서 일부를 뺐습니다. 손상되였거나 너무 크거나 이 호에 없는것입니다.',
  saveFile: '이 화일 보관하기',
  search: '찾기',
  searchFor: '찾을 말',
  found: (_, shown) => `${shown}개의 글에서 찾았습니다`,
  notFound: '여기에 있는것에서 찾지 못했습니다.',
  document: '지금 읽는 글',

  passOn: '넘겨주기',
  passOnText:
    '이 화면과 받은것을 모두 화일 하나로 보관합니다. 다 오지 않아도 됩니다. 그 화일을 여는 사람은 당신이 읽는것을 그대로 읽습니다. 두 사람이 서로 다른 부분을 가지고있으면 이 화일을 주고받아 넣으십시오. 그러면 둘 다 전부를 가지게 됩니다.',
  savePage: '화일 하나로 보관하기',
  saving: '화일을 만드는중',
  saved: (size) => `보관했습니다: ${size}. 열람기가 화일을 보관하는 서류철에 있습니다.`,
  nothingToPass: '아직 넘겨줄것이 없습니다.',

  kept: '이 기계에 남는것',
  keptLasting: '받은것은 지울 때까지 이 열람기에 남습니다.',
  keptNothing:
    '아무것도 남기지 않습니다. 이 화면을 닫으면 모두 없어집니다. 다음에 또 보려면 《넘겨주기》로 보관하십시오.',
  keptRefused:
    '이 열람기는 아무것도 남기지 못하게 합니다. 화면을 닫기 전에 받은것을 《넘겨주기》로 보관하고 다음번에는 그 화일을 여십시오.',
  keptNewer:
    '여기에 보관된것은 더 새로운 화면의것이므로 이 화면은 읽지 못합니다. 그 새 화면을 여십시오. 이 화면은 아무것도 남기지 않습니다. 여기에 넣은것을 다음에 또 보려면 《넘겨주기》로 보관하십시오.',
  keepFromNow: '이제부터 보관하기',
  deleteAll: '모두 지우기',
  deleteSure: '받은것을 모두 지우겠습니까?',
  deleteYes: '예, 모두 지웁니다',
  deleteNo: '아니, 그대로 둡니다',
  deleted: '이 화면이 보관하고있던것을 모두 지웠습니다',
  deletedText:
    '이 화면이 지우지 못하는것: 이 화면자체, 당신이 보관한 화일, USB기억기에 있는 방송화일, 열람기가 연 화일의 리력, 지운 다음에도 기억기에 남는 흔적.',

  helpTitle: '이 화면을 쓰는 방법',
  helpSteps: [
    '《화일 고르기》로 USB기억기나 기억카드에 있는 방송화일을 고르십시오. 한번에 여러개를 고를수 있습니다.',
    '소식은 조각조각 맞추어집니다. 다 맞추어진것은 당장 읽을수 있고 나머지는 다음 화일을 넣으면 뒤따라옵니다.',
    '모자라는것이 있으면 같은 방송을 받은 다른 화일이나 다른 사람이 받은 화일을 넣으십시오. 순서에 관계없이 어느것이나 도움이 됩니다.',
    '《넘겨주기》는 모든것을 화일 하나로 보관합니다. 다른 기계에서도 똑같이 열립니다.',
    '누가 오면 Esc건이나 《감추기》를 누르십시오. 화면이 당장 없어집니다.',
  ],
  helpTrust:
    '이 화면은 발행자가 서명한것만 보여줍니다. 중간에서 누구도 한마디도 고치거나 덧붙일수 없습니다. 달라진것은 버립니다. 지금 있는것보다 오랜 호도 받지 않습니다.',
  helpLimits:
    '이 화일이 당신의 기계에 있다는것까지 감추지는 못합니다. 화면을 찍어두는 기계로부터 당신을 지켜주지도 못합니다.',
};
