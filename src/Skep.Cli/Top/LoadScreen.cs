using Skep.Cli.Live;
using Skep.Inventory.Top;

namespace Skep.Cli.Top;

/// <summary>The full screen of <c>skep top</c>.</summary>
internal sealed class LoadScreen(LoadMeter meter, TimeSpan interval) : IScreen
{
    private readonly TopView _view = new();
    private TopScreen? _screen;

    public bool IsEnded => _view.IsEnded;

    public void Sample() => _view.Take(meter.Take());

    public byte[] Draw(int columns, int rows) => (_screen ??= new TopScreen(_view, interval, ScreenSource.IsUnicode)).Draw(columns, rows);

    public void Press(ReadOnlySpan<byte> keys, int rows) => _view.Press(keys, TopScreen.PageRows(rows));
}
