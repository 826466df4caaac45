#!/usr/bin/env bash
# Writes a comment on a pull request, or writes it anew where it is there already:
#
#   .github/write-comment.sh <number> <name of the comment> <file with Markdown>
#
# Its first line, which no reader sees, has the name. GH_TOKEN needs the permission "pull-requests: write".
set -euo pipefail

number=$1
export MARK="<!-- $2 -->"
text=$3

comments="repos/$GITHUB_REPOSITORY/issues/$number/comments"
body=$(mktemp)
trap 'rm "$body"' EXIT
{
  echo "$MARK"
  cat "$text"
} > "$body"

written=$(gh api --paginate "$comments" --jq '
  .[] | select(.user.login == "github-actions[bot]" and (.body | startswith(env.MARK))) | .id
' | sed --quiet 1p)
if [[ -n $written ]]; then
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$written" --field body=@"$body"
else
  gh api --silent --method POST "$comments" --field body=@"$body"
fi
