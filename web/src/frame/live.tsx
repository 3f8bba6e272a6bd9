// Listens for what changes, from when somebody is in.
import { useEffect } from 'react'
import { listen } from '../api/events.ts'

export function Live() {
  useEffect(listen, [])
  return null
}
