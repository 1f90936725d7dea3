using System.Globalization;
using System.Text;
using Skep.Filter.Check;
using Skep.Filter.Format;
using Skep.Filter.Model;
using Skep.Filter.Syntax;

namespace Skep.Filter.Json;

/// <summary>
/// Writes a JSON table as rule text, for the one parser and checker to read. Each string of the document is held against the
/// form that it must have, so that it can't become anything else in the text.
/// </summary>
internal static class DocumentText
{
    internal static bool TryWrite(TableDocument document, StringBuilder text, out string problem)
    {
        try
        {
            Write(document, text);
            problem = "";
            return true;
        }
        catch (FormatException error)
        {
            problem = error.Message;
            return false;
        }
    }

    private static void Write(TableDocument document, StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"table {Word(document.Table, "table")} {{\n");
        if (document.Devices is { Length: > 0 } devices)
            text.Append(CultureInfo.InvariantCulture,
                $"    devices = {{ {string.Join(", ", devices.Select(d => Device(d, "devices", false)))} }}\n");
        if (document.Mode is { } mode) text.Append(CultureInfo.InvariantCulture, $"    mode {Word(mode, "mode")}\n");
        if (document.Policy is { } policy) text.Append(CultureInfo.InvariantCulture, $"    policy {Word(policy, "policy")}\n");
        if (document.Malformed is { } malformed)
            text.Append(CultureInfo.InvariantCulture, $"    malformed {Word(malformed, "malformed")}\n");
        if (document.Track is { Length: > 0 } track)
            text.Append(CultureInfo.InvariantCulture, $"    track {string.Join(", ", Words(track, "track"))}\n");
        for (var i = 0; i < document.Sets?.Length; i++) Write(document.Sets[i], text, $"sets[{i}]");
        for (var i = 0; i < document.Rules?.Length; i++) text.Append("    ").Append(Write(document.Rules[i], $"rules[{i}]")).Append('\n');
        text.Append("}\n");
    }

    private static void Write(SetDocument? set, StringBuilder text, string path)
    {
        if (set is null) throw Missing(path);
        text.Append(CultureInfo.InvariantCulture, $"    set {Word(set.Name, path + ".name")} {{\n");
        text.Append(CultureInfo.InvariantCulture, $"        type {string.Join(" . ", Words(set.Type, path + ".type"))}\n");
        if (set.Flags is { Length: > 0 } flags)
            text.Append(CultureInfo.InvariantCulture, $"        flags {string.Join(", ", Words(flags, path + ".flags"))}\n");
        if (set.Timeout is { } timeout) text.Append(CultureInfo.InvariantCulture, $"        timeout {Word(timeout, path + ".timeout")}\n");
        if (set.Size is { } size) text.Append(CultureInfo.InvariantCulture, $"        size {Number(size, path + ".size")}\n");
        if (set.Counter is true) text.Append("        counter\n");
        if (set.Comment is { } comment)
            text.Append(CultureInfo.InvariantCulture, $"        comment {String(comment, path + ".comment")}\n");
        if (set.File is { } file) text.Append(CultureInfo.InvariantCulture, $"        file {String(file, path + ".file")}\n");
        if (set.Elements is { Length: > 0 } elements)
            text.Append(CultureInfo.InvariantCulture,
                $"        elements = {{ {string.Join(",\n            ", elements.Select((e, i) => Element(e, $"{path}.elements[{i}]")))} "
                + $"}}\n");
        text.Append("    }\n");
    }

    private static string Write(RuleDocument? rule, string path)
    {
        if (rule is null) throw Missing(path);
        var parts = new List<string>();
        for (var i = 0; i < rule.Match?.Length; i++) parts.Add(Write(rule.Match[i], $"{path}.match[{i}]"));
        if (rule.Limit is { } limit) parts.Add(Write(limit, path + ".limit"));
        for (var i = 0; i < rule.Statements?.Length; i++) parts.Add(Write(rule.Statements[i], $"{path}.statements[{i}]"));
        parts.Add(Write(rule.Verdict, path + ".verdict"));
        if (rule.Comment is { } comment) parts.Add("comment " + String(comment, path + ".comment"));
        return string.Join(' ', parts);
    }

    private static string Write(MatchDocument? match, string path)
    {
        if (match is null) throw Missing(path);
        if (match.Op is not ("==" or "!=")) throw new FormatException($"{path}.op is == or !=");
        var fields = FieldNames(match.Field, path + ".field");
        var isMask = match.Mask is not null && match.Value is not null;
        var kinds = (match.Values is null ? 0 : 1) + (match.Set is null ? 0 : 1) + (isMask ? 1 : 0);
        if (kinds != 1 || (match.Mask is null) != (match.Value is null))
            throw new FormatException($"{path} has one of values, set, or mask with value");
        if (match.Set is { } set) return $"{fields} {match.Op} @{Word(set, path + ".set")}";
        if (isMask)
        {
            if (match.Field is not ["tcp flags"]) throw new FormatException($"{path}.mask is for tcp flags only");
            return $"{fields} & ({Flags(match.Mask!, path + ".mask")}) {match.Op} {Flags(match.Value!, path + ".value")}";
        }
        var elements = match.Values!.Select((v, i) => Element(v, $"{path}.values[{i}]")).ToList();
        return elements.Count == 1 && elements[0].All(Lexer.IsWordCharacter)
            ? $"{fields} {match.Op} {elements[0]}" : $"{fields} {match.Op} {{ {string.Join(", ", elements)} }}";
    }

    private static string Write(LimitDocument limit, string path)
    {
        var text = new StringBuilder("limit rate ");
        if (limit.Over) text.Append("over ");
        text.Append(CultureInfo.InvariantCulture, $"{limit.Rate}/{Word(limit.Unit, path + ".unit")}");
        if (limit.Burst is { } burst) text.Append(CultureInfo.InvariantCulture, $" burst {burst}");
        if (limit.Per is { Length: > 0 } per) text.Append(CultureInfo.InvariantCulture, $" per {FieldNames(per, path + ".per")}");
        if (limit.Size is { } size) text.Append(CultureInfo.InvariantCulture, $" size {Number(size, path + ".size")}");
        return text.ToString();
    }

    private static string Write(StatementDocument? statement, string path)
    {
        if (statement is null) throw Missing(path);
        var kinds = (statement.Log is null ? 0 : 1) + (statement.Set is null ? 0 : 1) + (statement.Swap is null ? 0 : 1);
        if (kinds != 1) throw new FormatException($"{path} has one of log, set and swap");
        if (statement.Log is { } log) return string.Create(CultureInfo.InvariantCulture, $"log sample 1/{log.Sample ?? 1}");
        if (statement.Set is { } set) return $"{FieldNames([set.Field], path + ".set.field")} set {Word(set.Value, path + ".set.value")}";
        return $"swap {string.Join(",", Words(statement.Swap!, path + ".swap"))}";
    }

    private static string Write(VerdictDocument? verdict, string path)
    {
        if (verdict is null) throw Missing(path);
        var targets = (verdict.Device is null ? 0 : 1) + (verdict.Cpu is null ? 0 : 1) + (verdict.To is null ? 0 : 1);
        if (verdict.Action != "redirect")
        {
            if (targets > 0) throw new FormatException($"{path} has a target, and only redirect takes one");
            return verdict.Action is "drop" or "pass" or "tx" or "continue" ? verdict.Action
                : throw new FormatException($"{path}.action is drop, pass, tx, continue or redirect");
        }
        if (targets != 1) throw new FormatException($"{path} has one of device, cpu and to");
        if (verdict.Device is { } device) return "redirect " + Device(device, path + ".device", true);
        if (verdict.Cpu is { } cpu) return string.Create(CultureInfo.InvariantCulture, $"redirect cpu {cpu}");
        return verdict.To is "xsk" or "fib" ? "redirect " + verdict.To : throw new FormatException($"{path}.to is xsk or fib");
    }

    private static FormatException Missing(string path) => new($"{path} is missing or null");

    private static string Word(string? text, string path) =>
        text is { Length: > 0 } && text.All(Lexer.IsWordCharacter) && text is not ("." or "-" or "/") ? text
            : throw new FormatException($"{path} is not a word of the rule language");

    private static IEnumerable<string> Words(string[]? words, string path) =>
        words is { Length: > 0 } ? words.Select((w, i) => Word(w, $"{path}[{i}]")) : throw new FormatException($"{path} is empty");

    private static string Flags(string[] flags, string path) => flags.Length == 0 ? "0" : string.Join("|", Words(flags, path));

    private static string FieldNames(string[]? fields, string path)
    {
        if (fields is not { Length: > 0 }) throw new FormatException($"{path} is empty");
        foreach (var field in fields)
            if (field is null || FieldInfo.Find(field) is null) throw new FormatException($"{path} holds what is not a field");
        return string.Join(" . ", fields);
    }

    private static string Element(string? element, string path)
    {
        if (element is { Length: > 0 } && IsElement(element)) return element;
        throw new FormatException($"{path} is not an element of the rule language");
    }

    // Names of interfaces may be quoted.
    private static bool IsElement(string element)
    {
        var isQuoted = false;
        for (var i = 0; i < element.Length; i++)
        {
            var c = element[i];
            if (isQuoted && c == '\\' && i + 1 < element.Length && element[i + 1] is ('\\' or '"')) i++;
            else if (c == '"') isQuoted = !isQuoted;
            else if (isQuoted ? char.IsControl(c) || c == '\\' : !Lexer.IsWordCharacter(c) && c is not (' ' or '|')) return false;
        }
        return !isQuoted;
    }

    private static int Number(int number, string path) => number >= 0 ? number : throw new FormatException($"{path} is negative");

    private static string String(string text, string path) =>
        Names.IsComment(text) || (text.Length is > 0 and <= SetChecker.MaxPath && !text.Any(char.IsControl)) ? RuleFormatter.Quote(text)
            : throw new FormatException($"{path} is empty, too long, or has control characters");

    private static string Device(string? name, string path, bool isTarget) =>
        name is not null && Names.IsDevice(name) ? RuleFormatter.FormatDevice(name, isTarget)
            : throw new FormatException($"{path} is not a name for a device");
}
