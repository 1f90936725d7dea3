namespace Skep.Inventory.Objects;

/// <summary>A process that holds a BPF object by a descriptor.</summary>
/// <param name="Pid">The process, as the pid namespace of this process numbers it.</param>
/// <param name="Comm">Its name: up to 15 bytes that it chose itself.</param>
public readonly record struct Owner(uint Pid, string Comm);

/// <summary>A descriptor that a process holds.</summary>
/// <param name="Owner">The process.</param>
/// <param name="Fd">Its descriptor.</param>
/// <param name="Id">The object.</param>
public readonly record struct HeldDescriptor(Owner Owner, uint Fd, uint Id);

/// <summary>A perf event that runs a program, as a process holds it.</summary>
/// <param name="Owner">The process.</param>
/// <param name="Fd">Its descriptor.</param>
/// <param name="ProgramId">The program.</param>
/// <param name="Type"><c>PERF_TYPE_*</c>, or the number of a dynamic PMU.</param>
/// <param name="Config">The event of that type.</param>
public readonly record struct HeldPerfEvent(Owner Owner, uint Fd, uint ProgramId, uint Type, ulong Config);

/// <summary>A socket that has code, as a process holds it.</summary>
/// <param name="Owner">The process.</param>
/// <param name="Fd">Its descriptor.</param>
/// <param name="Record">What the kernel says of it.</param>
internal readonly record struct HeldSocket(Owner Owner, uint Fd, SocketRecord Record);
