using Skep.Debug.Machine;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.State;
using Skep.Inventory.Code;

namespace Skep.Debug.Debugger;

/// <summary>A program that is debugged, and what it is run on.</summary>
/// <param name="Code">The program as it is loaded, with its source lines.</param>
/// <param name="Input">The packet or context.</param>
/// <param name="Options">What the machine is, apart from that.</param>
public sealed record DebugTarget(ProgramCode Code, MachineInput Input, MachineOptions Options)
{
    /// <summary>The program with its maps, where they are not those that its code tells.</summary>
    public ProgramImage? Image { get; init; }

    /// <summary>
    /// Makes the machine, with <see cref="Code"/> as its first program and those that it may call by tail calls behind it; null for one of
    /// that program alone.
    /// </summary>
    public Func<MachineOptions, BpfMachine>? Make { get; init; }

    /// <summary>Fills the maps before the run; null leaves them with nothing but their initial content.</summary>
    public Action<BpfMachine>? Fill { get; init; }

    /// <summary>A machine that is about to do the first instruction.</summary>
    /// <exception cref="NotSupportedException">No machine runs the program.</exception>
    internal BpfMachine Start()
    {
        BpfMachine machine = Make?.Invoke(Options) ?? new BpfMachine([Image ?? ProgramImage.Of(Code)], Options);
        Fill?.Invoke(machine);
        try
        {
            machine.Start(Input);
        }
        catch (ArgumentException e)
        {
            // What a program of the type is never given.
            string reason = e.Message.Split(" (Parameter", 2)[0];
            throw new InvalidDataException($"debug {Code.Name ?? "the program"}: {reason} (see --packet, --pcap and --ctx)");
        }

        return machine;
    }
}
