// A command to the emulated world, and what is asked anew when it has changed.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { commandWorld } from '../api/web.ts'
import { say, sayTrouble } from '../parts/toasts.tsx'

export function useCommand() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: commandWorld,
    onSuccess: () => {
      say('The world has changed')
      void client.invalidateQueries({ queryKey: ['session'] })
      void client.invalidateQueries({ queryKey: ['world'] })
    },
    onError: sayTrouble,
  })
}
