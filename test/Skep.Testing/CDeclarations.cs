using System.Text;
using System.Text.RegularExpressions;

namespace Skep.Testing;

/// <summary>A C file of declarations and <c>_Static_assert</c>s, which the compiler judges, in one run for all of them.</summary>
public sealed partial class CDeclarations
{
    private const string Rest = "the rest";

    private readonly StringBuilder _text = new();
    private readonly HashSet<string> _subjects = [];
    private readonly Lazy<ILookup<string, string>> _errors;

    public CDeclarations()
    {
        _errors = new(Compile);
        Add("#define offsetof(t, m) __builtin_offsetof(t, m)");
    }

    /// <summary>What the running kernel declares, by bpftool.</summary>
    public static string OfKernel() => Tool.Run(Tool.Bpftool, "btf", "dump", "file", "/sys/kernel/btf/vmlinux", "format", "c");

    /// <summary>What declares a type, as <c>union bpf_attr</c>.</summary>
    public static string Declaration(string declarations, string type) =>
        Regex.Match(declarations, $@"^{type} \{{.*?^\}};", RegexOptions.Multiline | RegexOptions.Singleline).Value;

    /// <summary>
    /// Whether a union or structure has a member, as <c>link_create.uprobe_multi.path_fd</c>: an older kernel may lack it.
    /// </summary>
    public static bool HasMember(string declaration, string member)
    {
        string[] parts = member.Split('.', StringSplitOptions.RemoveEmptyEntries);
        if (!parts.All(part => Regex.IsMatch(declaration, $@"\b{part}\b"))) return false;
        Match inner = parts.Length > 1 ? Regex.Match(declaration, $@"struct \{{([^{{}}]*)\}} {parts[^2]};") : Match.Empty;
        return !inner.Success || Regex.IsMatch(inner.Groups[1].Value, $@"\b{parts[^1]}\b");
    }

    public void Add(string lines) => Append(Rest, lines);

    /// <param name="subject">What the condition is about, by which <see cref="AssertHolds"/> finds it.</param>
    /// <param name="condition">An expression of C that is constant.</param>
    public void Assert(string subject, string condition)
    {
        _subjects.Add(subject);
        Append(subject, $"_Static_assert({condition}, \"\");");
    }

    public bool Holds(string subject) => !_errors.Value.Contains(subject);

    /// <summary>Holds all conditions about a subject, of which there must be some, and that the file compiles otherwise.</summary>
    public void AssertHolds(string subject)
    {
        Xunit.Assert.Contains(subject, _subjects);
        Xunit.Assert.Empty(_errors.Value[subject].Concat(_errors.Value[Rest]));
    }

    // The compiler names the subject as the file of its errors.
    private void Append(string subject, string lines) =>
        _text.Append("#line 1 \"").Append(subject).Append("\"\n").Append(lines).Append('\n');

    private ILookup<string, string> Compile()
    {
        using var scratch = new Scratch();
        (int code, _, string error) = Tool.Try(Tool.Clang, "-w", "-fsyntax-only", "-ferror-limit=0", "-I", AppContext.BaseDirectory,
            scratch.Write("declarations.c", _text.ToString()));
        MatchCollection errors = Error().Matches(error);
        Xunit.Assert.True((code == 0) == (errors.Count == 0), error);
        return errors.ToLookup(match => _subjects.Contains(match.Groups["subject"].Value) ? match.Groups["subject"].Value : Rest,
            match => match.Groups["text"].Value);
    }

    [GeneratedRegex("^(?<subject>[^:\n]+):[0-9]+:[0-9]+: (fatal )?error: (?<text>.*)$", RegexOptions.Multiline)]
    private static partial Regex Error();
}
