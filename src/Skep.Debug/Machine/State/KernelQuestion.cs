using Skep.Bpf;

namespace Skep.Debug.Machine.State;

/// <summary>A call whose result only a kernel knows, as it depends on its routes, neighbours, devices and sockets.</summary>
/// <param name="Call">The name of the helper.</param>
/// <param name="Type">The type of the program that calls it.</param>
/// <param name="Packet">The packet, as BPF_PROG_RUN takes it.</param>
/// <param name="Context">The context, as BPF_PROG_RUN takes it.</param>
/// <param name="Bytes">The memory that the helper reads, with room for what it writes.</param>
public sealed record KernelQuestion(
    string Call, BpfProgramType Type, ReadOnlyMemory<byte> Packet, ReadOnlyMemory<byte> Context, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The numbers that the helper takes, in the order of its parameters.</summary>
    public IReadOnlyList<ulong> Numbers { get; init; } = [];

    /// <summary>Whether another one is the same.</summary>
    public bool IsSame(KernelQuestion other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return (Call, Type) == (other.Call, other.Type) && Numbers.SequenceEqual(other.Numbers)
            && Packet.Span.SequenceEqual(other.Packet.Span) && Context.Span.SequenceEqual(other.Context.Span)
            && Bytes.Span.SequenceEqual(other.Bytes.Span);
    }
}

/// <summary>What a kernel answered.</summary>
/// <param name="Result">The result of the call: all of r0; 1 for a pointer, which would be none here.</param>
/// <param name="Bytes">The memory after it; of a socket, its <c>struct bpf_sock</c>.</param>
public sealed record KernelAnswer(ulong Result, ReadOnlyMemory<byte> Bytes);

/// <summary>Answers calls that depend on what only a kernel knows.</summary>
public interface IKernelLookup
{
    /// <summary>Does the call.</summary>
    /// <exception cref="Linux.Errors.KernelException">The kernel does not do it for such a program, or on such a packet.</exception>
    KernelAnswer Answer(KernelQuestion question);
}
