interface MarkedExpressionProps {
  readonly expr: string;
  readonly offset: number;
}

/** The expression with the character at the offset marked; its end when the offset is there. */
export function MarkedExpression({ expr, offset }: MarkedExpressionProps) {
  return (
    <pre class="marked-expression" data-testid="error-position">
      {expr.slice(0, offset)}
      <mark>{expr.charAt(offset) || ' '}</mark>
      {expr.slice(offset + 1)}
    </pre>
  );
}
