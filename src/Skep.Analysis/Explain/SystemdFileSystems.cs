using Skep.Inventory.Objects;
using Skep.Linux.Kernel;

namespace Skep.Analysis.Explain;

/// <summary>
/// Decodes <c>RestrictFileSystems=</c> (systemd's restrict-fs.bpf.c): one program for all units, whose map has a map of file systems for
/// each cgroup.
/// </summary>
internal static class SystemdFileSystems
{
    // The element that has 1 where the others are what is allowed, 0 where they are what is denied.
    private const uint Kind = 0;

    public static List<UnitDirective>? Decode(Explanation about, ProgramSurroundings around)
    {
        if (about.Code.Name is not ("restrict_filesystems" or "restrict_filesy")
            || about.Maps.FirstOrDefault(use => use.Map is { Name: "cgroup_hash", KeySize: sizeof(ulong) }) is not { } units) return null;
        var directives = new List<UnitDirective>();
        foreach (MapElement element in SystemdDecoder.Elements(units.Map, around))
        {
            // To user space the value is the id of the inner map.
            if (element.Value.Length != sizeof(uint)) continue;
            ulong cgroup = BitConverter.ToUInt64(element.Key.Span);
            string? path = around.CgroupOf(cgroup);
            string unit = (path is null ? null : SystemdDecoder.UnitOf(path)) ?? path ?? $"cgroup id {cgroup}";
            directives.Add(new UnitDirective(
                "RestrictFileSystems=", Values(around.ElementsOf(BitConverter.ToUInt32(element.Value.Span))), units.Slots, unit));
        }

        return [.. directives.OrderBy(directive => directive.Unit, StringComparer.Ordinal)];
    }

    private static string[] Values(IReadOnlyList<MapElement> elements)
    {
        var names = new List<string>();
        uint? allowed = null;
        foreach (MapElement element in elements)
        {
            if (element is not { Key.Length: sizeof(uint), Value.Length: sizeof(uint) }) continue;
            uint key = BitConverter.ToUInt32(element.Key.Span);
            if (key == Kind) allowed = BitConverter.ToUInt32(element.Value.Span);
            else names.Add(FileSystemMagic.Name(key));
        }

        return
        [
            .. names.Distinct().Order(StringComparer.Ordinal).Select(
                name => allowed switch { null => $"{name} (allowed or denied: not known)", 0 => $"~{name}", _ => name }),
        ];
    }
}
