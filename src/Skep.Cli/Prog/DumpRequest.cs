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
/// <param name="Opcodes">Whether to tell the bytes.</param>
/// <param name="LineNumbers">Whether to tell files and numbers of source lines.</param>
/// <param name="Visual">Whether to draw a graph for Graphviz.</param>
/// <param name="File">Where to write the bytes; null to print.</param>
internal sealed record DumpRequest(DumpedCode Code, IReadOnlyList<string> Program, bool Opcodes, bool LineNumbers, bool Visual, string? File)
{
    private static readonly string[] _codes = ["xlated", "jited", "original"], _keys = ["id", "name", "tag", "pinned"];

    /// <summary>Understands the words; null with what is wrong.</summary>
    public static DumpRequest? Parse(IReadOnlyList<string> words, out string? mistake)
    {
        mistake = null;
        int at = 0;
        int code = words.Count > 1 ? Array.FindIndex(_codes, name => IsShort(words[0], name)) : -1;
        if (code >= 0) at++;
        int named = at + 1 < words.Count && _keys.Contains(words[at]) ? 2 : 1;
        var request = new DumpRequest((DumpedCode)Math.Max(0, code), [.. words.Skip(at).Take(named)], false, false, false, null);
        for (at += named; at < words.Count; at++)
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
                    mistake = at == named + (code >= 0 ? 1 : 0) && named == 1
                        ? $"'{string.Join(' ', words)}' names no program (give id N, name NAME, tag TAG, pinned PATH, a bare id, or a file; then opcodes, linum, visual, file PATH)"
                        : $"'{words[at]}' is not understood (after the program: opcodes, linum, visual, file PATH)";
                    return null;
            }
        }

        if (request.File is not null && (request.Opcodes || request.LineNumbers || request.Visual))
            mistake = "'file' writes bytes alone: leave out opcodes, linum and visual";
        else if (request.Visual && request.Code == DumpedCode.Jited)
            mistake = "'visual' draws bytecode: leave out jited";
        return mistake is null ? request : null;
    }

    private static bool IsShort(string word, string name) => word.Length > 0 && name.StartsWith(word, StringComparison.Ordinal);
}
