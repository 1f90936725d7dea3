using Skep.Bpf;
using Skep.Linux.Errors;
using Skep.Linux.Time;

namespace Skep.Inventory.Objects;

/// <summary>A loaded program, as it was when it was read.</summary>
/// <param name="Info">What the kernel says of it.</param>
/// <param name="Name">Its name: of 15 bytes or more, its function's from its BTF; empty for none.</param>
/// <param name="MapIds">The maps that it uses, in the program's order.</param>
/// <param name="LoadedAt">Seconds of Unix time at which it was loaded; null where the kernel does not tell.</param>
public sealed record ProgramEntry(BpfProgramInfo Info, string Name, IReadOnlyList<uint> MapIds, long? LoadedAt)
{
    private const int NameCapacity = 15;

    /// <summary>Reads a program.</summary>
    /// <exception cref="KernelException">The kernel refused.</exception>
    public static ProgramEntry Read(BpfProgram program, ProgramNames names, BootClock clock)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(clock);
        BpfProgramInfo info = program.GetInfo(out uint[] maps);
        string name = info.Name.Length < NameCapacity ? info.Name : names.FullName(program, info) ?? info.Name;
        return new ProgramEntry(info, name, maps, clock.ToUnixSeconds(info.LoadTime));
    }
}
