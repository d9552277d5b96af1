import type { Language } from '../../../codecs/page/index.js';
import type { Carried, EngineState, Failure, GivenFile } from '../worker/protocol.js';
import type { OwnPage } from './carried.js';
import { type EngineClient, startEngine } from './engine-client.js';
import { leave } from './leave.js';
import { type Preferences, savePreferences } from './preferences.js';
import { saveBlob } from './save-blob.js';
import { savedForm } from './saved-form.js';
import { type AppState, nextSize, type Screen, screenOf } from './state.js';

/** What a person does. */
export interface Actions {
  choose(isLasting: boolean): void;
  open(screen: Screen): void;
  back(): void;
  /** At once, whatever is going on. */
  hide(): void;
  setLanguage(language: Language): void;
  resize(by: 1 | -1): void;
  toggleDark(): void;
  take(files: readonly GivenFile[]): void;
  search(text: string): void;
  passOn(): void;
  keepFromNow(): void;
  askToDelete(isAsked: boolean): void;
  deleteAll(): void;
  file(bundle: string, path: string): Promise<Blob | undefined>;
  /** As the engine gives them. */
  titles(bundle: string, paths: readonly string[]): Promise<readonly string[]>;
  saveFile(bundle: string, path: string): void;
}

interface World {
  readonly page: OwnPage;
  /** Names what the browser keeps. */
  readonly name: string;
  get(): AppState;
  set(change: Partial<AppState>): void;
}

export function createActions({ page, name, get, set }: World): Actions {
  let engine: EngineClient | undefined;
  /** Takes what another engine has, which is kept from now on. */
  let keeper: EngineClient | undefined;

  function onState(state: EngineState): void {
    const before = filesKey(get().engine);
    set({ engine: state });
    if (before !== filesKey(state)) list();
  }

  /** The files of the bundle that is looked at. */
  function list(): void {
    const screen = screenOf(get());
    const bundle = 'bundle' in screen ? screen.bundle : undefined;
    if (bundle === undefined || engine === undefined) return;
    void engine.list(bundle).then((entries) => set({ files: { bundle, entries } }));
  }

  async function start(isLasting: boolean, files: readonly GivenFile[]): Promise<void> {
    engine?.end();
    engine = startEngine(page.engine(), onState);
    set({ engine: undefined, wantsKeeping: isLasting });
    try {
      await fill(engine, isLasting, files);
    } catch (error) {
      fail(error as Failure);
    }
  }

  async function fill(opened: EngineClient, isLasting: boolean, files: readonly GivenFile[]): Promise<void> {
    await opened.open({ trust: page.setting.trust, isLasting, name });
    if (files.length > 0) await opened.take(files);
  }

  /** The engine that has the content is there until another one has it; where that fails, it stays. */
  async function keep(files: readonly GivenFile[]): Promise<void> {
    const before = engine;
    const { engine: shown } = get();
    if (before === undefined || shown === undefined) return;
    let latest: EngineState | undefined;
    const next = startEngine(page.engine(), (state) => {
      latest = state;
      if (engine === next) onState(state);
    });
    keeper = next;
    set({ engine: { ...shown, isWorking: true } });
    const failure = await fill(next, true, files).then(
      () => latest?.failure,
      (error: Failure) => error,
    );
    if (keeper !== next) return;
    keeper = undefined;
    const isFull = latest?.notices.some(({ kind }) => kind === 'no-room');
    if (failure === undefined && !isFull) {
      before.end();
      engine = next;
      set({ wantsKeeping: true });
      prefer({});
    } else {
      // half of it is not what was asked for; what another page keeps stays
      if (latest?.isLasting) await next.deleteAll().catch(() => {});
      next.end();
    }
    set({ engine: shown });
    if (latest !== undefined) onState({ ...(engine === next ? latest : shown), notices: latest.notices });
    if (failure !== undefined) fail(failure);
  }

  function fail(failure: Failure): void {
    const nothing = { reading: undefined, isLasting: false, notKept: undefined, bundles: [], notices: [] };
    set({ engine: { ...(get().engine ?? nothing), isWorking: false, failure } });
  }

  function show(screens: readonly Screen[]): void {
    set({ screens, files: undefined, saving: undefined, isAskedToDelete: false });
    list();
    globalThis.scrollTo(0, 0);
  }

  function prefer(change: Partial<Preferences>): void {
    const { language, look, wantsKeeping } = get();
    // in the other mode nothing is kept
    if (wantsKeeping) savePreferences(name, { language, look, ...change });
  }

  async function carry(): Promise<{ carried: Carried; blob: Blob } | undefined> {
    if (engine === undefined) return undefined;
    const carried = await engine.carry();
    return { carried, blob: page.withFiles(carried, get().language) };
  }

  const actions: Actions = {
    choose(isLasting) {
      set({ wantsKeeping: isLasting });
      prefer({});
      show([{ name: 'home' }]);
      void start(isLasting, page.takeFiles());
    },
    open(screen) {
      const screens = [...get().screens, screen];
      history.pushState(screens.length, '');
      show(screens);
    },
    back() {
      history.back();
    },
    hide() {
      engine?.end();
      keeper?.end();
      leave();
    },
    setLanguage(language) {
      set({ language });
      prefer({ language });
    },
    resize(by) {
      const look = { ...get().look, textSize: nextSize(get().look.textSize, by) };
      set({ look });
      prefer({ look });
    },
    toggleDark() {
      const look = { ...get().look, isDark: !get().look.isDark };
      set({ look });
      prefer({ look });
    },
    take(files) {
      if (files.length > 0 && keeper === undefined) void engine?.take(files).catch(fail);
    },
    search(text) {
      set({ search: { text, found: undefined } });
      void engine?.search(text).then((found) => {
        if (get().search?.text === text) set({ search: { text, found } });
      }, fail);
    },
    passOn() {
      set({ saving: { bytes: undefined } });
      void carry().then((made) => {
        if (made === undefined) return;
        saveBlob(made.blob, `${page.setting.title}.html`);
        set({ saving: { bytes: made.blob.size } });
      }, fail);
    },
    keepFromNow() {
      void carry()
        .then((made) => {
          const files = made && made.carried.files.length > 0 ? [{ name: '', content: made.blob }] : [];
          return keep(files);
        })
        .catch(fail);
    },
    askToDelete(isAskedToDelete) {
      set({ isAskedToDelete });
    },
    deleteAll() {
      const ended = engine;
      engine = undefined;
      keeper?.end();
      keeper = undefined;
      savePreferences(name, undefined);
      void ended?.deleteAll().then(
        () => {
          ended.end();
          set({ engine: undefined, files: undefined, search: undefined });
          show([{ name: 'deleted' }]);
        },
        (failure) => {
          // it may be asked for once more
          engine = ended;
          fail(failure);
        },
      );
    },
    file: async (bundle, path) =>
      engine?.file(bundle, path).catch((failure) => {
        fail(failure);
        return undefined;
      }),
    titles: async (bundle, paths) => engine?.titles(bundle, paths) ?? [],
    saveFile(bundle, path) {
      void engine?.file(bundle, path).then(async (file) => {
        const saved = file && (await savedForm(file, path, get().language));
        if (saved !== undefined) saveBlob(saved.content, saved.name);
      }, fail);
    },
  };

  // the button of the browser does the same; entries of frames are of no account
  addEventListener('popstate', ({ state }) => {
    const { screens } = get();
    const depth = typeof state === 'number' ? state : 1;
    if (depth < screens.length) show(screens.slice(0, depth));
  });
  return actions;
}

/** Changes when another file can be read. */
function filesKey(state: EngineState | undefined): string {
  const bundles = state?.bundles ?? [];
  return bundles
    .map(
      ({ key, sequence, parts }) =>
        `${key} ${sequence} ${parts.filter(({ state }) => state === 'there').length}`,
    )
    .join('\n');
}
