namespace Skep.Debug.Machine.Run;

/// <summary>Signed division, truncated. By zero it gives 0, and the remainder is what was divided; the smallest by -1 is itself.</summary>
internal static class Division
{
    public static ulong Divide(long value, long by) => by switch { 0 => 0, -1 => 0 - (ulong)value, _ => (ulong)(value / by) };

    public static ulong Modulo(long value, long by) => by switch { 0 => (ulong)value, -1 => 0, _ => (ulong)(value % by) };

    public static uint Divide(int value, int by) => by switch { 0 => 0, -1 => 0 - (uint)value, _ => (uint)(value / by) };

    public static uint Modulo(int value, int by) => by switch { 0 => (uint)value, -1 => 0, _ => (uint)(value % by) };
}
