using System.Text.RegularExpressions;
using Skep.Testing;

namespace Skep.Cli.Tests.Help;

/// <summary>The links of the documentation lead to files and headings that there are.</summary>
public sealed partial class DocumentLinkTests
{
    public static TheoryData<string> Pages() =>
    [
        .. Directory.GetFiles(Repository.Root, "*.md")
            .Concat(((string[])["docs", "bench", "packaging", "src", "web"]).SelectMany(
                part => Directory.GetFiles(Path.Combine(Repository.Root, part), "*.md", SearchOption.AllDirectories)))
            .Select(file => Path.GetRelativePath(Repository.Root, file)).Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Each_link_of_a_page_leads_somewhere(string page)
    {
        string text = Code().Replace(Repository.Read(page), "");
        string directory = Path.GetDirectoryName(Path.Combine(Repository.Root, page))!;
        foreach (string link in Links().Matches(text).Select(match => match.Groups[1].Value))
        {
            if (link.Contains("://", StringComparison.Ordinal) || link.StartsWith("mailto:", StringComparison.Ordinal)) continue;
            (string path, string heading) = link.Split('#') is [var file, var part] ? (file, part) : (link, "");
            string target = path.Length == 0 ? Path.Combine(Repository.Root, page) : Path.GetFullPath(Path.Combine(directory, path));
            Assert.True(Path.Exists(target), $"{page}: there is no {path}");
            if (heading.Length > 0) Assert.True(Headings(target).Contains(heading), $"{page}: {path} has no heading #{heading}");
        }
    }

    [Fact]
    public void Each_page_of_docs_is_in_its_index()
    {
        string index = Repository.Read("docs/index.md");
        foreach (string file in Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md").Select(file => Path.GetFileName(file)))
            if (file != "index.md") Assert.Contains($"]({file})", index, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("## A part, `code` and [a link](there.md)\n", "a-part-code-and-a-link")]
    [InlineData("## Part\n## Part\n## Part\n", "part part-1 part-2")]
    [InlineData("```\n# no heading\n```\n### One_word-and: 2\n", "one_word-and-2")]
    public void Headings_are_named_as_on_GitHub(string text, string names) => Assert.Equal(names, string.Join(' ', HeadingsOf(text)));

    private static HashSet<string> Headings(string file) => [.. HeadingsOf(File.ReadAllText(file))];

    // As GitHub makes them of the text; one that comes again has a number.
    private static IEnumerable<string> HeadingsOf(string text)
    {
        Dictionary<string, int> seen = [];
        foreach (Match match in Heading().Matches(Code().Replace(text, "")))
        {
            string shown = LinkText().Replace(match.Groups[1].Value, "$1");
            string name = Dropped().Replace(shown.Trim().ToLowerInvariant(), "").Replace(' ', '-');
            int earlier = seen.GetValueOrDefault(name);
            seen[name] = earlier + 1;
            yield return earlier == 0 ? name : $"{name}-{earlier}";
        }
    }

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex(@"\]\(([^()\s]+)\)")]
    private static partial Regex Links();

    [GeneratedRegex(@"\[([^\]]*)\]\([^)]*\)")]
    private static partial Regex LinkText();

    [GeneratedRegex("^#+ (.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex Dropped();
}
