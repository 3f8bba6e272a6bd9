// The commands that may run after a sync. The machine's own configuration says which there are and
// what each does; whoever uses the API chooses one by its name and can give it no argument. A
// command line in a request would be a shell on this machine for everybody with a key (L10).

export interface PostSyncCommand {
  name: string
  /** Program and arguments; no shell reads them. */
  command: readonly string[]
}

export interface PostSync {
  commands: readonly PostSyncCommand[]
  /** How long one may take. */
  msMax: number
}

export const noPostSync: PostSync = { commands: [], msMax: 0 }
