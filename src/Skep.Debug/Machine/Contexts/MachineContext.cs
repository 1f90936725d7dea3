using Skep.Debug.Machine.Memory;

namespace Skep.Debug.Machine.Contexts;

/// <summary>What a program is given in r1.</summary>
internal abstract class MachineContext : SpecialAccess
{
    /// <summary>The region that r1 points to.</summary>
    public abstract Region Region { get; }

    /// <summary>Its packet; null where programs of the type have none.</summary>
    public virtual PacketFrame? Packet => null;

    /// <exception cref="ArgumentException">No run of this type can be given that.</exception>
    public abstract void Start(MachineInput input);

    /// <summary>Makes regions what the restored memory says.</summary>
    public virtual void Restore() => Packet?.Restore();

    /// <summary>The context after the run.</summary>
    public abstract byte[] Output();

    /// <summary>The packet after the run, as BPF_PROG_RUN gives it.</summary>
    public virtual byte[] PacketOutput() => [];

    public override ulong Load(long offset, int size) => throw NoField("read", offset, size);

    public override void Store(long offset, int size, ulong value) => throw NoField("written", offset, size);

    private protected MachineStopException NoField(string what, long offset, int size) =>
        new(FaultKind.OutOfBounds, $"{size} bytes at offset {offset} of the {Region.Name} cannot be {what}", Region.Name);
}
