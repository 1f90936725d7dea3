namespace Skep.Analysis.Explain;

/// <summary>Reads out of source lines which field a store or a call writes: <c>e-&gt;pid = ...</c>,
/// <c>bpf_get_current_comm(&amp;e-&gt;comm, ...)</c>.</summary>
internal static class SourceFields
{
    // Macros that call a helper that reads (bpf_core_read.h), and copies that the compiler makes into stores: what they write is their
    // first argument.
    private static readonly string[] Copies =
    [
        "bpf_core_read", "bpf_core_read_str", "bpf_core_read_user", "bpf_core_read_user_str", "BPF_CORE_READ_INTO",
        "BPF_CORE_READ_STR_INTO", "BPF_CORE_READ_USER_INTO", "BPF_CORE_READ_USER_STR_INTO",
        "BPF_PROBE_READ_INTO", "BPF_PROBE_READ_STR_INTO", "BPF_PROBE_READ_USER_INTO", "BPF_PROBE_READ_USER_STR_INTO", "BPF_SNPRINTF",
        "bpf_probe_read", "bpf_probe_read_str",
        "__builtin_memcpy", "memcpy", "__builtin_memmove", "memmove", "__builtin_memset", "memset",
    ];

    /// <summary>The field that a store writes; null when the line does not name it.</summary>
    public static string? OfStore(string statement)
    {
        int equal = Assignment(statement);
        if (equal >= 0) return Left(statement.AsSpan(0, equal));
        return OfCall(statement, null, 0);
    }

    /// <summary>The field that a call writes by one of its arguments; null when the line does not name it.</summary>
    /// <param name="statement">The statement.</param>
    /// <param name="function">The helper that is called; null for copies only.</param>
    /// <param name="argument">The argument's number, from 0.</param>
    public static string? OfCall(string statement, string? function, int argument)
    {
        if (function is not null && Arguments(statement, function) is { } given)
            return argument < given.Count ? Member(given[argument]) : null;
        foreach (string copy in Copies)
            if (Arguments(statement, copy) is { Count: > 0 } arguments) return Member(arguments[0]);

        // "e->ppid = BPF_CORE_READ(task, real_parent, tgid)": the compiler lets the helper write the field itself.
        bool read = function is not null && (statement.Contains("BPF_CORE_READ", StringComparison.Ordinal)
            || statement.Contains("BPF_PROBE_READ", StringComparison.Ordinal));
        return read && Assignment(statement) is >= 0 and var equal ? Left(statement.AsSpan(0, equal)) : null;
    }

    // The '=' of an assignment that is not within parentheses or braces: of "a += b" the operator's.
    private static int Assignment(string statement)
    {
        int depth = 0;
        for (int i = 0; i < statement.Length; i++)
        {
            char at = statement[i];
            if (at is '"' or '\'') return -1;
            depth += at switch { '(' or '[' => 1, ')' or ']' => -1, _ => 0 };
            if (at != '=' || depth > 0) continue;
            bool comparison = (i + 1 < statement.Length && statement[i + 1] == '=')
                || (i > 0 && statement[i - 1] is '=' or '!' or '<' or '>');
            return comparison ? -1 : i > 0 && statement[i - 1] is '+' or '-' or '|' or '&' or '^' or '*' ? i - 1 : i;
        }

        return -1;
    }

    // What follows the last bracket, brace or condition before an assignment: "if (x) e->a", "{ e->a", ".a" of an initializer.
    private static string? Left(ReadOnlySpan<char> text)
    {
        text = text.TrimEnd();
        int brace = text.LastIndexOfAny('{', '}', ':');
        if (brace >= 0) text = text[(brace + 1)..];
        text = text.Trim();
        if (text is ['.', ..]) return Path(text[1..]);
        foreach (string word in (ReadOnlySpan<string>)["if", "else", "for", "while"])
        {
            if (!text.StartsWith(word, StringComparison.Ordinal) || text.Length == word.Length
                || !(text[word.Length] is ' ' or '\t' or '(')) continue;
            text = text[word.Length..].TrimStart();
            if (text is not ['(', ..]) return Left(text);
            int end = Close(text, 0);
            return end < 0 ? null : Left(text[(end + 1)..]);
        }

        return Member(text.ToString());
    }

    // The arguments of the first call of a function in a text.
    private static List<string>? Arguments(string text, string function)
    {
        for (int at = 0; (at = text.IndexOf(function, at, StringComparison.Ordinal)) >= 0; at += function.Length)
        {
            int open = at + function.Length;
            while (open < text.Length && text[open] == ' ') open++;
            if (open >= text.Length || text[open] != '(' || (at > 0 && IsWord(text[at - 1]))) continue;
            int close = Close(text, open);
            return Split(text[(open + 1)..(close < 0 ? text.Length : close)]);
        }

        return null;
    }

    private static List<string> Split(string text)
    {
        var parts = new List<string>();
        int depth = 0, start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            char at = i < text.Length ? text[i] : ',';
            depth += at switch { '(' or '[' or '{' => 1, ')' or ']' or '}' => -1, _ => 0 };
            if (at != ',' || (depth > 0 && i < text.Length)) continue;
            parts.Add(text[start..i]);
            start = i + 1;
        }

        return parts;
    }

    private static int Close(ReadOnlySpan<char> text, int open)
    {
        int depth = 0;
        for (int i = open; i < text.Length; i++)
        {
            depth += text[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (depth == 0) return i;
        }

        return -1;
    }

    // "e->pid", "&(*e).pid", "(void *)&e->pid", "&e->args[0]": the members behind the variable. Null for a variable alone, or what is no
    // such path.
    private static string? Member(string text)
    {
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        while (rest.Length > 0)
        {
            if (rest[0] is '&' or '*') rest = rest[1..].TrimStart();
            else if (rest[0] == '(' && Close(rest, 0) is > 0 and var end && (end == rest.Length - 1 || (end + 1 < rest.Length
                && (rest[end + 1] is '&' or '(' or '*' or ' ' || IsWord(rest[end + 1])))))
                rest = (end == rest.Length - 1 ? rest[1..end] : rest[(end + 1)..]).Trim();
            else break;
        }

        int start = 0;
        if (rest is ['(', ..]) start = Close(rest, 0) + 1;
        while (start < rest.Length && IsWord(rest[start])) start++;
        if (start == 0) return null;
        rest = rest[start..];
        while (rest is ['[', ..])
        {
            int close = rest.IndexOf(']');
            if (close < 0) return null;
            rest = rest[(close + 1)..];
        }

        if (rest is ['-', '>', ..]) return Path(rest[2..]);
        return rest is ['.', ..] ? Path(rest[1..]) : null;
    }

    private static string? Path(ReadOnlySpan<char> text)
    {
        string path = text.Trim().ToString().Replace("->", ".", StringComparison.Ordinal);
        int bracket = path.IndexOf('[', StringComparison.Ordinal);
        if (bracket >= 0) path = path[..bracket];
        foreach (char at in path)
            if (!IsWord(at) && at != '.') return null;
        return path.Length > 0 && !char.IsAsciiDigit(path[0]) ? path : null;
    }

    private static bool IsWord(char at) => char.IsAsciiLetterOrDigit(at) || at == '_';
}
