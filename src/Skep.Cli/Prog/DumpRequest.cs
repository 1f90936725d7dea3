using Skep.Inventory.Objects;
using Skep.Output;

namespace Skep.Cli.Prog;

/// <summary>Which code of a program.</summary>
internal enum DumpedCode
{
    /// <summary>As the kernel translated it.</summary>
    Xlated,

    /// <summary>Machine code.</summary>
    Jited,

    /// <summary>As it was loaded, from a directory of <c>watch --save</c>.</summary>
    Original,
}

/// <summary>
/// bpftool's words: <c>[xlated|jited] PROG [{ file PATH | opcodes | linum | visual }]</c>, and <c>original</c>. Its words may be
/// cut short as with bpftool.
/// </summary>
/// <param name="Code">Which code.</param>
/// <param name="Program">The words that name the program.</param>
/// <param name="Opcodes">Whether to print the bytes.</param>
/// <param name="LineNumbers">Whether to print files and numbers of source lines.</param>
/// <param name="Visual">Whether to draw a graph for Graphviz.</param>
/// <param name="File">Where to write the bytes; null to print.</param>
internal sealed record DumpRequest(
    DumpedCode Code, IReadOnlyList<string> Program, bool Opcodes, bool LineNumbers, bool Visual, string? File)
{
    private static readonly string[] s_codes = ["xlated", "jited", "original"], s_details = ["opcodes", "linum", "visual", "file"];

    /// <summary>Understands the words; null with what is wrong.</summary>
    public static DumpRequest? Parse(IReadOnlyList<string> words, out string? mistake)
    {
        mistake = null;
        int code = words.Count > 1 ? Array.FindIndex(s_codes, name => IsShort(words[0], name)) : -1;
        int at = code >= 0 ? 1 : 0;
        int named = ObjectSelector.WordsAt(words, at);
        var request = new DumpRequest((DumpedCode)Math.Max(0, code), [.. words.Skip(at).Take(named)], false, false, false, null);
        int first = at + named;
        for (at = first; at < words.Count; at++)
        {
            switch (words[at])
            {
                case string word when IsShort(word, "opcodes"):
                    request = request with { Opcodes = true };
                    break;
                case string word when IsShort(word, "linum"):
                    request = request with { LineNumbers = true };
                    break;
                case string word when IsShort(word, "visual"):
                    request = request with { Visual = true };
                    break;
                case string word when IsShort(word, "file") && at + 1 < words.Count:
                    request = request with { File = words[++at] };
                    break;
                default:
                    mistake = at == first && named == 1 ? NamesNothing(words) : NotUnderstood(words[at]);
                    return null;
            }
        }

        mistake = request.Contradiction();
        return mistake is null ? request : null;
    }

    private string? Contradiction() =>
        File is not null && (Opcodes || LineNumbers || Visual) ? "'file' writes bytes only: leave out opcodes, linum and visual"
        : Visual && Code == DumpedCode.Jited ? "'visual' draws bytecode: leave out jited"
        : null;

    private static string NamesNothing(IReadOnlyList<string> words)
    {
        string? meant = Spelling.DidYouMean(words[0], [.. s_codes, "id", "name", "tag", "pinned"]);
        return $"'{string.Join(' ', words)}' names no program ({(meant is null ? "" : meant + " ")}"
            + "give id N, name NAME, tag TAG, pinned PATH, a bare id, or a file; then opcodes, linum, visual, file PATH)";
    }

    private static string NotUnderstood(string word) =>
        $"'{word}' is not understood ({Spelling.DidYouMean(word, s_details) ?? "after the program: opcodes, linum, visual, file PATH"})";

    private static bool IsShort(string word, string name) => word.Length > 0 && name.StartsWith(word, StringComparison.Ordinal);
}
