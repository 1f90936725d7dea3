namespace Skep.Isa.Classic;

/// <summary>Fields of <c>struct seccomp_data</c> and return values of include/uapi/linux/seccomp.h.</summary>
internal static class SeccompNames
{
    private static readonly string[] _words =
    [
        "nr", "arch", "instruction_pointer low", "instruction_pointer high",
        "args[0] low", "args[0] high", "args[1] low", "args[1] high", "args[2] low", "args[2] high",
        "args[3] low", "args[3] high", "args[4] low", "args[4] high", "args[5] low", "args[5] high",
    ];

    /// <summary>The word at an offset, on a little-endian machine.</summary>
    public static string? Field(uint offset) => offset % 4 == 0 && offset / 4 < _words.Length ? _words[offset / 4] : null;

    public static string? Action(uint value) => (value & 0xffff0000) switch
    {
        0x80000000 => "SECCOMP_RET_KILL_PROCESS",
        0x00000000 => "SECCOMP_RET_KILL_THREAD",
        0x00030000 => "SECCOMP_RET_TRAP",
        0x00050000 => "SECCOMP_RET_ERRNO",
        0x7fc00000 => "SECCOMP_RET_USER_NOTIF",
        0x7ff00000 => "SECCOMP_RET_TRACE",
        0x7ffc0000 => "SECCOMP_RET_LOG",
        0x7fff0000 => "SECCOMP_RET_ALLOW",
        _ => null,
    };
}
