import time, subprocess
from tests.tiny import *
from tests.store.example_run import file_bytes
def test_a(trained, tmp_path):
    for i in range(2):
        t=time.process_time(); r=train_tiny(tmp_path/f"a{i}", seeds=(7,1), steps=30); print("again", time.process_time()-t)
    t=time.time()
    p=start_tiny("l1", tmp_path/"c", "--keep","all","--devices",1); o,e=p.communicate(); print(o,e,p.returncode, time.time()-t)
    assert file_bytes(tmp_path/"c")==file_bytes(trained)
    import os; print(os.environ["JAX_COMPILATION_CACHE_DIR"], os.listdir(os.environ["JAX_COMPILATION_CACHE_DIR"]))
