namespace Skep.Debug.Dap;

/// <summary>What a client launches: the keys of its launch configuration.</summary>
/// <param name="Program">The object file.</param>
public sealed record DapLaunch(string Program)
{
    /// <summary>The program's name, of several in the file; null where there is one only.</summary>
    public string? Prog { get; init; }

    /// <summary>The packet as text: <c>udp 10.0.0.1:5 > 10.0.0.2:53</c>; null for none.</summary>
    public string? Packet { get; init; }

    /// <summary>A capture; null for none.</summary>
    public string? Pcap { get; init; }

    /// <summary>Which packet of the capture is taken, from 1.</summary>
    public int Number { get; init; } = 1;

    /// <summary>A file with the context; null for none.</summary>
    public string? Ctx { get; init; }

    /// <summary>Whether it stops at the first instruction.</summary>
    public bool StopOnEntry { get; init; } = true;

    /// <summary>Whether it stops when the program has returned, to go back from there.</summary>
    public bool StopOnExit { get; init; }

    /// <summary>What random numbers come from; null for the machine's default.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Whether the kernel is asked what depends on its routes, devices and sockets.</summary>
    public bool AskKernel { get; init; }
}
