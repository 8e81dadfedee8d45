/* A part that is loaded when it is first shown, and what stands in its place until then, or if its file cannot be had. */
import { Component, Suspense, type ReactNode } from "react";

interface Props {
  otherwise: ReactNode;
  children: ReactNode;
}

export class OrElse extends Component<Props, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    const { otherwise, children } = this.props;
    return this.state.failed ? otherwise : <Suspense fallback={otherwise}>{children}</Suspense>;
  }
}
