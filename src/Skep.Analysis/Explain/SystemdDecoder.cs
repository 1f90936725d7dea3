using System.Globalization;
using Skep.Analysis.Analyze;
using Skep.Bpf;
using Skep.Inventory.Code;
using Skep.Inventory.Objects;
using Skep.Isa;
using Skep.Linux.Processes;

namespace Skep.Analysis.Explain;

/// <summary>
/// Recognizes the programs that systemd makes for units, by their code and their maps, and those that it only attaches, and gives the
/// directives back.
/// src/core/bpf-devices.c, bpf-firewall.c, and in src/core/bpf (later src/bpf) restrict-ifaces, socket-bind, bind-iface and restrict-fs
/// make them.
/// </summary>
internal static class SystemdDecoder
{
    public static (string? Unit, IReadOnlyList<UnitDirective> Directives)? Decode(
        Explanation about, ProgramAnalysis analysis, ProgramSurroundings around)
    {
        List<UnitDirective>? directives = about.Code.Type switch
        {
            BpfProgramType.CgroupDevice => SystemdDevices.Decode(about.Code),
            BpfProgramType.CgroupSkb when about.Maps.Any(use => use.Map.Name == "sd_restrictif") => Interfaces(about, around),
            BpfProgramType.CgroupSkb => SystemdFirewall.Decode(about, analysis, around),
            BpfProgramType.CgroupSockAddr => SystemdPorts.Decode(about, around),
            BpfProgramType.CgroupSock => BoundInterface(about, around),
            BpfProgramType.Lsm => SystemdFileSystems.Decode(about, around),
            _ => null,
        };
        return directives is null ? SystemdForeign.Decode(about, around) : (UnitOf(about.Attachments), directives);
    }

    /// <summary>The unit of the cgroup that a program is attached to.</summary>
    internal static string? UnitOf(IReadOnlyList<Attachment> attachments)
    {
        foreach (Attachment place in attachments)
            if (place.Target is AttachmentTarget.Cgroup { Path: var path } && UnitOf(path) is { } unit) return unit;
        return null;
    }

    /// <summary>The unit of a cgroup: also a slice, which has processes below it only.</summary>
    internal static string? UnitOf(string path)
    {
        string last = path[(path.LastIndexOf('/') + 1)..];
        return CgroupPath.Unit(path) ?? (last.EndsWith(".slice", StringComparison.Ordinal) ? last : null);
    }

    private static List<UnitDirective> Interfaces(Explanation about, ProgramSurroundings around)
    {
        MapUse list = about.Maps.First(use => use.Map.Name == "sd_restrictif");
        string[] names = [.. Elements(list.Map, around).Where(element => element.Key.Length == sizeof(uint))
            .Select(element => Device(BitConverter.ToUInt32(element.Key.Span), around))];
        byte[]? settings = Settings(about, around);

        // const volatile __u8 is_allow_list is the only variable.
        string[] values =
            settings is [1, ..]
                ? names : settings is [0, ..]
                    ? [.. names.Select(name => $"~{name}")] : [.. names.Select(name => $"{name} (allowed or denied: not known)")];
        return [new UnitDirective("RestrictNetworkInterfaces=", values, list.Slots)];
    }

    // const volatile __u32 ifindex is the only variable.
    private static List<UnitDirective>? BoundInterface(Explanation about, ProgramSurroundings around)
    {
        if (about.Code.Name is not ("sd_bind_interface" or "sd_bind_interfa") || Settings(about, around) is not { Length: 4 } index)
            return null;
        MapUse settings = about.Maps.First(IsSettings);
        return [new UnitDirective("BindNetworkInterface=", [Device(BitConverter.ToUInt32(index), around)], settings.Slots)];
    }

    private static bool IsSettings(MapUse use) => use.Map.Name?.EndsWith(".rodata", StringComparison.Ordinal) == true;

    private static byte[]? Settings(Explanation about, ProgramSurroundings around) =>
        about.Maps.Where(IsSettings).Select(use => FirstValue(use.Map, around)).FirstOrDefault();

    internal static DecodedInstruction[] Items(ProgramCode code)
    {
        var items = new List<DecodedInstruction>();
        foreach (DecodedInstruction item in Decoder.Decode(code.Instructions)) items.Add(item);
        return [.. items];
    }

    private static string Device(uint ifindex, ProgramSurroundings around) =>
        around.DeviceName(ifindex) ?? string.Create(CultureInfo.InvariantCulture, $"ifindex {ifindex}");

    private static byte[]? FirstValue(CodeMap map, ProgramSurroundings around) =>
        !map.Content.IsEmpty ? map.Content.ToArray() : Elements(map, around) is [var first, ..] ? first.Value.ToArray() : null;

    internal static IReadOnlyList<MapElement> Elements(CodeMap map, ProgramSurroundings around) =>
        map.Id is { } id ? around.ElementsOf(id) : [];
}
