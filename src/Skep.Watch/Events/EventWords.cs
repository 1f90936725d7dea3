using System.Globalization;
using Skep.Linux.Containers;
using Skep.Output;

namespace Skep.Watch.Events;

/// <summary>What an event is about, on one line.</summary>
public static class EventWords
{
    /// <summary>Program, map, link and what else it names.</summary>
    public static string Describe(BpfEvent e)
    {
        ArgumentNullException.ThrowIfNull(e);
        var words = new List<string>();
        if (e.Program is { } program) words.Add(Describe(program));
        if (e.Map is { } map) words.Add(Describe(map));
        if (e.Link is { } link) words.Add(Describe(link));
        if (e.Btf is { } btf) words.Add(btf.Size is { } size ? $"btf {Id(btf.Id)} {size} bytes" : $"btf {Id(btf.Id)}");
        if (e.Attach is { } attach) words.Add(Describe(attach));
        if (e.Count is { } count && e.Pieces is null)
            words.Add(count.Errors == 0 ? $"x {count.Calls}" : $"x {count.Calls}, {count.Errors} of them failed");
        if (e.Key is { } key) words.Add($"key {Convert.ToHexStringLower(key)}");
        if (e.Value is { } value) words.Add($"value {Convert.ToHexStringLower(value)}");
        foreach (AttrField field in e.Attr)
            if (IsOfInterest(e, field)) words.Add($"{field.Name} {Value(field)}");
        if (e.RawAttr is { } raw) words.Add($"attr {Convert.ToHexStringLower(raw)}");
        return string.Join(' ', words);
    }

    internal static string Value(AttrField field) => field.Kind switch
    {
        AttrKind.Text => $"\"{SafeText.Escape(field.Text!)}\"",
        AttrKind.Signed => ((int)field.Number).ToString(CultureInfo.InvariantCulture),
        AttrKind.Hex => $"0x{field.Number:x}",
        _ => field.Number.ToString(CultureInfo.InvariantCulture),
    };

    internal static string Duration(long ns) => ns switch
    {
        < 1_000 => string.Create(CultureInfo.InvariantCulture, $"{ns}ns"),
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{ns / 1e3:0.#}us"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{ns / 1e6:0.##}ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{ns / 1e9:0.###}s"),
    };

    /// <summary>Where a process is: <c>in web</c>.</summary>
    internal static string Place(ContainerIdentity container)
    {
        ContainerIdentity host = container.OnHost;
        string text = $"in {SafeText.Escape(host.Words)}";
        if (host != container) text += $" (and {SafeText.Escape(container.Words)}, named there)";
        return host.Doubt is { } doubt ? $"{text} ({doubt})" : text;
    }

    // Commands that are about no object of their own show their attributes instead.
    private static bool IsOfInterest(BpfEvent e, AttrField field) => field.Name switch
    {
        "pathname" or "path" => field.Kind == AttrKind.Text,
        "start_id" or "next_id" or "retval" or "repeat" or "type" => e.Link is null || field.Name != "type",
        "prog_cnt" or "query_flags" => true,
        "prog_id" or "map_id" or "btf_id" or "link_id" => e.Failed,
        "data_size_in" => true,
        _ => false,
    };

    private static string Describe(MapDetails map)
    {
        string text = $"map {Id(map.Id)} {map.Type} {Name(map.Name)}".TrimEnd();
        if (map.MaxEntries is null) return text;
        text += $" key {map.KeySize}B value {map.ValueSize}B max_entries {map.MaxEntries}";
        return map.Flags is > 0 ? $"{text} flags 0x{map.Flags:x}" : text;
    }

    private static string Describe(ProgramDetails program)
    {
        string text = $"prog {Id(program.Id)} {program.Type} {Name(program.Name)}".TrimEnd();
        if (program.Tag is { } tag) text += $" tag {tag}";
        if (program.AttachFunction is { } function) text += $" on {SafeText.Escape(function)}";
        if (program.Code is not { } code) return text;
        text += $" {code.Count} insns {code.Quality.Word()}";
        if (program.MapIds is { Count: > 0 } ids) text += $" map_ids {string.Join(',', ids)}";
        return text;
    }

    private static string Describe(LinkDetails link)
    {
        string text = $"link {Id(link.Id)} {link.Type}".TrimEnd();
        if (link.ProgramId is { } program) text += $" prog {program}";
        if (link.AttachType is { } type) text += $" {type}";
        if (link.Target is { } target) text += $" on {SafeText.Escape(target)}";
        return text;
    }

    private static string Describe(AttachDetails attach)
    {
        string text = attach.IsDetach ? "detach" : "attach";
        if (attach.ProgramId is { } program) text += $" prog {program}";
        if (attach.Classic is { } classic) text += $" {classic.Count} classic insns {classic.Quality.Word()}";
        if (attach.AttachType is { } type) text += $" {type}";
        if (attach.Target is { } target) text += $" {(attach.IsDetach ? "from" : "to")} {SafeText.Escape(target)}";
        if (attach.ReplacedProgramId is { } old) text += $" in place of prog {old}";
        return attach.Flags.Count > 0 ? $"{text} flags {string.Join(',', attach.Flags)}" : text;
    }

    private static string Id(uint? id) => id?.ToString(CultureInfo.InvariantCulture) ?? "-";

    private static string Name(string? name) => string.IsNullOrEmpty(name) ? "" : SafeText.Escape(name);
}
