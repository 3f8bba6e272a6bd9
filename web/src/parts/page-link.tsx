// A link to a page of the app. Whom the page would refuse finds no link there: a button that says
// why, or the bare words.
import { Link, type LinkProps } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useMayGo } from '../api/may.ts'
import { Button, buttonClass, type Look } from './button.tsx'

interface Props extends LinkProps {
  /** As a button. */
  look?: Look
  title?: string
  children: ReactNode
}

export function PageLink({ look, title, children, ...link }: Props) {
  const refused = useMayGo()(link.to ?? '')
  if (refused === undefined) {
    return (
      <Link {...link} title={title} className={look && buttonClass(look)}>
        {children}
      </Link>
    )
  }
  if (look === undefined) return <span title={refused}>{children}</span>
  return (
    <Button look={look} refused={refused}>
      {children}
    </Button>
  )
}
