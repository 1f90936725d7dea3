using System.Text.RegularExpressions;
using Skep.Testing;

namespace Skep.Cli.Tests.Help;

/// <summary>The links of the documentation lead to files and headings that there are.</summary>
public sealed partial class DocumentLinkTests
{
    public static TheoryData<string> Pages() =>
    [
        .. Directory.GetFiles(Repository.Root, "*.md")
            .Concat(((string[])["docs", "bench", "packaging", "src"]).SelectMany(
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

    // As GitHub makes them of the text.
    private static HashSet<string> Headings(string file) =>
    [
        .. Heading().Matches(Code().Replace(File.ReadAllText(file), "")).Select(match => Dropped().Replace(
            match.Groups[1].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-')),
    ];

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex(@"\]\(([^()\s]+)\)")]
    private static partial Regex Links();

    [GeneratedRegex("^#+ (.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex Dropped();
}
