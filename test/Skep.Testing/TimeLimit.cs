using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Xunit.v3;

namespace Skep.Testing;

/// <summary>How long a test may take, where that is not the limit of all.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TimeLimitAttribute(int seconds) : Attribute
{
    public int Seconds => seconds;
}

/// <summary>
/// Fails a test that takes too long, by name. What a test waits for is most often a process that it started: these are killed, so that the
/// wait ends. If the test still waits, the whole run ends, and names it.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class TestWatchdogAttribute : BeforeAfterTestAttribute
{
    private const int Limit = 300, ExitCode = 124;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(20);

    private static readonly AsyncLocal<Watch?> Current = new();

    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        int seconds = methodUnderTest.GetCustomAttribute<TimeLimitAttribute>()?.Seconds ?? Limit;
        Current.Value = new Watch(test.TestDisplayName, TimeSpan.FromSeconds(seconds * Slowness.Factor));
    }

    public override void After(MethodInfo methodUnderTest, IXunitTest test) => Current.Value?.End();

    private sealed class Watch
    {
        private readonly string _name;
        private readonly TimeSpan _limit;
        private readonly Timer _timer;
        private int _expired;

        public Watch(string name, TimeSpan limit)
        {
            (_name, _limit) = (name, limit);
            _timer = new Timer(_ => Expire(), null, limit, Grace);
        }

        public void End()
        {
            _timer.Dispose();
            if (Volatile.Read(ref _expired) > 0) Assert.Fail(Message);
        }

        private string Message => string.Create(
            CultureInfo.InvariantCulture, $"{_name} exceeded its time limit of {_limit.TotalSeconds} s: the processes that it started were "
                + $"killed");

        private void Expire()
        {
            Console.Error.WriteLine(Message);
            if (Interlocked.Increment(ref _expired) > 1)
            {
                Console.Error.WriteLine($"{_name} still waits: the run ends here, without its results");
                Environment.Exit(ExitCode);
            }

            foreach (int child in ChildProcesses.List()) Kill(child);
        }

        private static void Kill(int pid)
        {
            try
            {
                using Process process = Process.GetProcessById(pid);
                process.Kill(entireProcessTree: true);
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
            {
                // It has ended.
            }
        }
    }
}
