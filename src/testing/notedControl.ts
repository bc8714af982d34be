import type { DevnetControl } from '../devnet/control/control.ts'

/** A devnet's control that does nothing, and notes the name and arguments of each call in `told`. */
export function notedControl(): { readonly told: unknown[][]; readonly control: DevnetControl } {
  const told: unknown[][] = []
  const control = new Proxy({} as DevnetControl, {
    get:
      (_, name) =>
      async (...args: unknown[]) => {
        told.push([name, ...args])
      },
  })
  return { told, control }
}
