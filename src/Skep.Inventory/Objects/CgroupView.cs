using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Linux.Errors;
using Skep.Linux.Kernel;

namespace Skep.Inventory.Objects;

/// <summary>A program that is attached to a cgroup.</summary>
/// <param name="ProgramId">The program.</param>
/// <param name="Type">Where.</param>
/// <param name="Flags">The flags of the attachment: <c>multi</c>, <c>override</c>, or empty; null where the kernel does not tell.</param>
public readonly record struct CgroupProgram(uint ProgramId, BpfAttachType Type, string? Flags);

/// <summary>A cgroup and what is attached to it.</summary>
/// <param name="Path">Its directory.</param>
/// <param name="Programs">The programs, by place, in the order in which they run.</param>
/// <param name="Reason">Why it could not be read; null when it was.</param>
public sealed record CgroupPrograms(string Path, IReadOnlyList<CgroupProgram> Programs, string? Reason);

/// <summary>The programs of the v2 cgroup hierarchy.</summary>
public static class CgroupView
{
    private static readonly BpfAttachType[] Types =
        [.. Enumerable.Range(0, BpfAttachTypeNames.KnownCount).Select(number => (BpfAttachType)number).Where(type => type.IsCgroup())];

    /// <summary>Where the hierarchy is mounted; null where it is not.</summary>
    public static string? Mount => CgroupPaths.Mount();

    /// <summary>The cgroups at and below a directory that have programs, or could not be read; parents first.</summary>
    /// <param name="root">The directory.</param>
    /// <param name="effective">With what is inherited.</param>
    public static IEnumerable<CgroupPrograms> Tree(string root, bool effective)
    {
        foreach (string directory in CgroupPaths.Tree(root))
        {
            CgroupPrograms found = Read(directory, effective);
            if (found.Programs.Count > 0 || found.Reason is not null) yield return found;
        }
    }

    /// <summary>The programs of one cgroup. One that has vanished has none.</summary>
    public static CgroupPrograms Read(string directory, bool effective)
    {
        var programs = new List<CgroupProgram>();
        try
        {
            using SafeHandle handle = KernelPath.Open(directory);
            foreach (BpfAttachType type in Types)
            {
                BpfQueryResult? found = BpfProgram.TryQuery(handle, type, effective, out Errno error);
                if (found is null && error.Name is ("EPERM" or "EBADF"))
                    return new CgroupPrograms(directory, [],
                        error.Name == "EBADF" ? "it is no directory of a cgroup v2 hierarchy" : error.ToString());
                for (int i = 0; i < found?.ProgramIds.Length; i++)
                {
                    uint flags = i < found.ProgramFlags.Length && found.ProgramFlags[i] != 0 ? found.ProgramFlags[i] : found.Flags;
                    programs.Add(new CgroupProgram(found.ProgramIds[i], type, effective ? null : FlagsText(flags)));
                }
            }
        }
        catch (KernelException e) when (e.Error.Name == "ENOENT")
        {
            return new CgroupPrograms(directory, [], null);
        }
        catch (KernelException e)
        {
            return new CgroupPrograms(directory, [], e.Message);
        }

        return new CgroupPrograms(directory, programs, null);
    }

    private static string FlagsText(uint flags) => (BpfAttachFlags)flags switch
    {
        BpfAttachFlags.None => "",
        BpfAttachFlags.AllowOverride => "override",
        BpfAttachFlags.AllowMulti => "multi",
        _ => $"unknown({flags:x})",
    };
}
