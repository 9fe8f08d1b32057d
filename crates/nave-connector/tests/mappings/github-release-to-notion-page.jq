# from: github-enterprise-3.18.json repos/get-latest-release answer
# to: notion.json post-page
{
  "Notion-Version": "2025-09-03",
  parent: {page_id: "6ba7b810-9dad-11d1-80b4-00c04fd430c8"},
  properties: {
    title: [{text: {content: "\(.name // .tag_name) by \(.author.login)"}}]
  },
  children: ([.body // "No notes", "Published \(.published_at // .created_at | date_only)"] + [.assets[] | "\(.name): \(.size / 1024 | floor) kB, \(.download_count) downloads"]),
  icon: (if .prerelease then {emoji: "🧪"} else {emoji: "🚀"} end | tojson)
}
