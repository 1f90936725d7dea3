namespace Skep.Linux.Network;

/// <summary>Where XDP runs a program of a device.</summary>
public enum XdpProgramMode
{
    /// <summary>In the network stack, for any driver.</summary>
    Generic,

    /// <summary>In the driver.</summary>
    Driver,

    /// <summary>In the card.</summary>
    Offload,
}

/// <summary>A program that XDP runs on a device.</summary>
/// <param name="Mode">Where.</param>
/// <param name="ProgramId">The program.</param>
public readonly record struct XdpProgram(XdpProgramMode Mode, uint ProgramId);

/// <summary>The names of modes.</summary>
public static class XdpProgramModes
{
    /// <summary><c>generic</c>, <c>driver</c> or <c>offload</c>, as bpftool names them.</summary>
    public static string Name(this XdpProgramMode mode) => mode switch
    {
        XdpProgramMode.Generic => "generic",
        XdpProgramMode.Driver => "driver",
        _ => "offload",
    };
}
